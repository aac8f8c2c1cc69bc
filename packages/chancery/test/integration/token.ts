/** A token (ERC-20) with no more to it than transfer and balanceOf, put on a chain by the means of a development node. */
import { encodeFunctionData, pad, parseAbi, toHex, type Hex } from 'viem'
import type { Anvil } from './anvil.ts'

type Node = Pick<Anvil, 'rpc'>

/** As the configuration calls it. */
export const token = '0x5FbDB2315678afecb367f032d93F642f64180aa3'

/** What an account holds stands in the slot of its address. */
const code = [
  // By the selector: balanceOf, transfer, or nothing.
  '5f3560e01c806370a0823114601c5763a9059cbb146027575b5f5ffd',
  // balanceOf
  '5b600435545f5260205ff3',
  // transfer: what the caller holds, unless it is less than the amount; what the receiver holds; the event
  '5b60243533548181106018578190033355600435805482018155905f52',
  '337fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef60205fa360015f5260205ff3',
].join('')

/** `program` is EVM code in hex, where it is to be another token than an honest one. */
export async function placeToken(node: Node, at: string = token, program = code): Promise<void> {
  await node.rpc('anvil_setCode', at, `0x${program}`)
}

export async function giveTokens(node: Node, address: string, amount: bigint, of: string = token): Promise<void> {
  const slot = pad(address as Hex, { size: 32 })
  await node.rpc('anvil_setStorageAt', of, slot, pad(toHex(amount), { size: 32 }))
}

const abi = parseAbi(['function balanceOf(address owner) view returns (uint256)'])

export async function heldTokens(node: Node, address: string): Promise<bigint> {
  const data = encodeFunctionData({ abi, functionName: 'balanceOf', args: [address as Hex] })
  return BigInt(String(await node.rpc('eth_call', { to: token, data }, 'latest')))
}
