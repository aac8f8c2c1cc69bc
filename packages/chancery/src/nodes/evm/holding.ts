/** What an address holds: of the network's coin, or of an ERC-20 token by its own `balanceOf`. */
import { isHex } from '../../base/bytes.ts'
import type { Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { AssetId } from '../../core/names.ts'
import type { JsonRpc } from './json-rpc.ts'
import { answered } from './quantity.ts'

/** `balanceOf(address)`. https://eips.ethereum.org/EIPS/eip-20 */
const balanceOf = '0x70a08231'

/** @throws Refused `not-supported`; Failed `node-refused` when the contract does not answer as a token does */
export async function holding(asset: AssetId, address: string, rpc: JsonRpc, deadline: Deadline): Promise<bigint> {
  const [, kind, contract] = /^eip155:[0-9]+\/(?:(slip44):60|erc20:(0x[0-9a-fA-F]{40}))$/.exec(asset) ?? []
  if (kind === 'slip44') return answered(await rpc.call('eth_getBalance', [address, 'latest'], deadline), 'balance')
  if (contract === undefined) {
    throw new Refused('not-supported', 'Nobody here can count this asset', { where: 'asset', got: asset })
  }
  const data = `${balanceOf}${address.slice(2).toLowerCase().padStart(64, '0')}`
  const answer = await rpc.ask('eth_call', [{ to: contract, data }, 'latest'], deadline)
  if (answer.ok && isHex(answer.result, 32)) return BigInt(answer.result)
  const got = answer.ok ? JSON.stringify(answer.result).slice(0, 80) : answer.words
  const particulars = { where: 'asset', got, wanted: 'the 32 bytes of a number' }
  throw new Failed('node-refused', `The token ${asset} does not say what the address holds`, { particulars })
}
