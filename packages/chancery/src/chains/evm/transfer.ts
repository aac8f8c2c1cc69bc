/** A payment as the transaction that makes it: a plain transfer of the network's coin, or a call of a token's `transfer`. */
import { concat, fromHex, toHex, utf8 } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { Refused } from '../../core/errors.ts'
import type { AssetId } from '../../core/names.ts'
import { keccak256 } from './keccak.ts'

const selector = keccak256(utf8('transfer(address,uint256)')).subarray(0, 4)

/**
 * Fields without nonce, gas and fees, which the relay fills in. https://eips.ethereum.org/EIPS/eip-20
 * @throws Refused `not-supported` for an asset that is neither the network's coin nor an ERC-20 token
 */
export function transfer(asset: AssetId, to: string, amount: bigint): JsonObject {
  const [, kind, contract] = /^eip155:[0-9]+\/(?:(slip44):60|erc20:(0x[0-9a-fA-F]{40}))$/.exec(asset) ?? []
  if (kind === 'slip44') return { to, value: String(amount) }
  if (contract !== undefined)
    return { to: contract, value: '0', data: toHex(concat(selector, word(to), uint256(amount))) }
  const particulars = { where: 'asset', got: asset, wanted: "the network's coin or an ERC-20 token" }
  throw new Refused('not-supported', 'Nobody here can pay in this asset', particulars)
}

function word(address: string): Uint8Array {
  const out = new Uint8Array(32)
  out.set(fromHex(address), 12)
  return out
}

function uint256(amount: bigint): Uint8Array {
  return fromHex(`0x${amount.toString(16).padStart(64, '0')}`)
}
