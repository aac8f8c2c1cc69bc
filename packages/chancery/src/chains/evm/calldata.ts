/**
 * What a call means, for the few functions whose meaning is fixed by a standard. Arguments are read only when the
 * calldata is exactly what a compiler would write; anything else stays an unknown call (safety rule 17).
 */
import { toHex, utf8 } from '../../base/bytes.ts'
import type { AssetId } from '../../core/names.ts'
import type { Effect } from '../../core/facts.ts'
import { checksummed } from './address.ts'
import { keccak256 } from './keccak.ts'

type Word = bigint | Uint8Array
type TokenCall = (asset: AssetId, words: readonly Word[]) => Effect | undefined

/** The effects of ERC-20 and its common extension. https://eips.ethereum.org/EIPS/eip-20 */
const tokenCalls = bySelector<TokenCall>({
  'transfer(address,uint256)': (asset, [to, amount]) => transfer(asset, to, amount),
  'transferFrom(address,address,uint256)': (asset, [from, to, amount]) => transfer(asset, to, amount, from),
  'approve(address,uint256)': (asset, [spender, amount]) => approval(asset, spender, amount),
  'increaseAllowance(address,uint256)': (asset, [spender, amount]) => approval(asset, spender, amount),
})

/**
 * Calls that hand over power, whatever the contract: ERC-721 and ERC-1155 operators, ownership (ERC-173 and OpenZeppelin's
 * two-step form), roles, proxies (ERC-1967 era and ERC-2535 diamonds). The name says which argument receives it.
 */
const authorityCalls = bySelector<{ readonly what: string; readonly receiver?: number }>({
  'setApprovalForAll(address,bool)': { what: 'setApprovalForAll', receiver: 0 },
  'transferOwnership(address)': { what: 'transferOwnership', receiver: 0 },
  'acceptOwnership()': { what: 'acceptOwnership' },
  'renounceOwnership()': { what: 'renounceOwnership' },
  'grantRole(bytes32,address)': { what: 'grantRole', receiver: 1 },
  'revokeRole(bytes32,address)': { what: 'revokeRole', receiver: 1 },
  'renounceRole(bytes32,address)': { what: 'renounceRole', receiver: 1 },
  'beginDefaultAdminTransfer(address)': { what: 'beginDefaultAdminTransfer', receiver: 0 },
  'acceptDefaultAdminTransfer()': { what: 'acceptDefaultAdminTransfer' },
  'changeAdmin(address)': { what: 'changeAdmin', receiver: 0 },
  'changeProxyAdmin(address,address)': { what: 'changeProxyAdmin', receiver: 1 },
  'upgradeTo(address)': { what: 'upgradeTo', receiver: 0 },
  'upgradeToAndCall(address,bytes)': { what: 'upgradeToAndCall', receiver: 0 },
  'upgrade(address,address)': { what: 'upgrade', receiver: 1 },
  'upgradeAndCall(address,address,bytes)': { what: 'upgradeAndCall', receiver: 1 },
  'diamondCut((address,uint8,bytes4[])[],address,bytes)': { what: 'diamondCut' },
})

/** The effect of a call with non-empty calldata. `asset` is set when the contract is a listed ERC-20 token. */
export function readCall(contract: Uint8Array, data: Uint8Array, asset: AssetId | undefined): Effect {
  const selector = data.length < 4 ? '0x' : toHex(data.subarray(0, 4))
  const authority = authorityCalls.get(selector)
  if (authority !== undefined) return readAuthority(contract, data, authority.value)
  const known = asset === undefined ? undefined : tokenCalls.get(selector)
  const words = known === undefined ? undefined : readWords(data, known.types)
  const effect = words === undefined || asset === undefined ? undefined : known?.value(asset, words)
  return effect ?? { kind: 'call', contract: checksummed(contract), selector }
}

interface Known<T> {
  readonly types: readonly string[]
  readonly value: T
}

function bySelector<T>(calls: Readonly<Record<string, T>>): ReadonlyMap<string, Known<T>> {
  return new Map(
    Object.entries(calls).map(([signature, value]) => {
      const types = signature.slice(signature.indexOf('(') + 1, -1).split(',')
      return [toHex(keccak256(utf8(signature)).subarray(0, 4)), { types, value }]
    }),
  )
}

/** The arguments, or undefined unless every one fills its word as the ABI says and nothing follows. */
function readWords(data: Uint8Array, types: readonly string[]): readonly Word[] | undefined {
  if (data.length !== 4 + 32 * types.length) return undefined
  const words = types.map((type, i) => readWord(data.subarray(4 + 32 * i, 36 + 32 * i), type))
  return words.every((word) => word !== undefined) ? words : undefined
}

function readWord(word: Uint8Array, type: string): Word | undefined {
  if (type !== 'address') return BigInt(toHex(word))
  return word.subarray(0, 12).every((byte) => byte === 0) ? word.subarray(12) : undefined
}

function transfer(asset: AssetId, to?: Word, amount?: Word, from?: Word): Effect | undefined {
  if (!(to instanceof Uint8Array) || typeof amount !== 'bigint') return undefined
  const sender = from instanceof Uint8Array ? { from: checksummed(from) } : {}
  return { kind: 'transfer', asset, amount, to: checksummed(to), ...sender }
}

function approval(asset: AssetId, spender?: Word, amount?: Word): Effect | undefined {
  if (!(spender instanceof Uint8Array) || typeof amount !== 'bigint') return undefined
  return { kind: 'approval', asset, amount, spender: checksummed(spender) }
}

/** The selector alone makes it an authority; the receiver is named when its word can be read. */
function readAuthority(
  contract: Uint8Array,
  data: Uint8Array,
  { what, receiver }: { readonly what: string; readonly receiver?: number },
): Effect {
  const effect = { kind: 'authority', what, contract: checksummed(contract) } as const
  if (receiver === undefined) return effect
  const start = 4 + 32 * receiver
  const to = data.length < start + 32 ? undefined : readWord(data.subarray(start, start + 32), 'address')
  return to instanceof Uint8Array ? { ...effect, to: checksummed(to) } : effect
}
