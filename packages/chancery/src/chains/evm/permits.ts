/**
 * Typed data that moves money or lets somebody move it later. A kind is recognised by its whole encodeType and its
 * contract, never by a name; money is counted only for listed tokens (safety rules 17 and 18). Anything else is typed
 * data, which a rule must name by its contract and type.
 */
import { fromHex, toHex, utf8 } from '../../base/bytes.ts'
import type { Effect } from '../../core/facts.ts'
import type { AssetId, Network } from '../../core/names.ts'
import type { Assets } from './assets.ts'
import { keccak256 } from './keccak.ts'
import type { TypedData } from './typed-data.ts'
import type { StructValue, Value } from './typed-data-values.ts'

type TokenOf = (address: Value | undefined) => AssetId | undefined
/** The effects of one message; undefined in the list stands for a part nobody here can count. */
type Reader = (message: StructValue, token: TokenOf, contract: string) => readonly (Effect | undefined)[]

/** Uniswap's Permit2: one address on nearly every network, another on zkSync. https://docs.uniswap.org/contracts/v4/deployments */
const permit2Contracts = ['0x000000000022D473030F116dDEE9F6B43aC78BA3', '0x0000000000225e31D15943971F47aD3022F714Fa']

const authorization = 'address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce'
const permissions = 'TokenPermissions(address token,uint256 amount)'
const details = 'PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)'
const unlimited = (1n << 256n) - 1n

/** Kinds whose contract is the token itself. */
const tokenKinds: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  // https://eips.ethereum.org/EIPS/eip-2612
  ['Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)', readPermit],
  // DAI's own form: all or nothing.
  ['Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)', readDaiPermit],
  // https://eips.ethereum.org/EIPS/eip-3009
  [`TransferWithAuthorization(${authorization})`, readAuthorization],
  [`ReceiveWithAuthorization(${authorization})`, readAuthorization],
])

/** Kinds of Permit2. https://github.com/Uniswap/permit2/blob/main/src/libraries/PermitHash.sol */
const permit2Kinds: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [`PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)${details}`, readAllowances],
  [`PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)${details}`, readAllowances],
  [
    `PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)${permissions}`,
    readPermitted,
  ],
  [
    `PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline)${permissions}`,
    readPermitted,
  ],
])

/** With a witness, a struct of the spender's own follows the fields of the plain form; other structs are sorted among it. */
const witnessKinds = [
  'PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,',
  'PermitBatchWitnessTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline,',
]

/** Never empty. */
export function typedDataEffects(typedData: TypedData, network: Network, assets: Assets): readonly Effect[] {
  const { verifyingContract, encodedType, message } = typedData
  const token: TokenOf = (address) =>
    typeof address === 'string' ? assets.token(network, fromHex(address)) : undefined
  const found = readerOf(typedData)?.(message, token, verifyingContract) ?? []
  const known = found.filter((effect) => effect !== undefined)
  if (known.length > 0 && known.length === found.length) return known
  const type = toHex(keccak256(utf8(encodedType)))
  return [...known, { kind: 'typed-data', contract: verifyingContract, type }]
}

function readerOf({ verifyingContract, encodedType }: TypedData): Reader | undefined {
  if (!permit2Contracts.includes(verifyingContract)) return tokenKinds.get(encodedType)
  const witness = witnessKinds.some((kind) => encodedType.startsWith(kind)) && encodedType.includes(`)${permissions}`)
  return witness ? readWitnessed : permit2Kinds.get(encodedType)
}

/** The deadline is for handing the permit in: the allowance it makes does not end. */
function readPermit({ spender, value }: StructValue, token: TokenOf, contract: string): [Effect | undefined] {
  return [approval(token(contract), value, spender)]
}

function readDaiPermit({ spender, allowed }: StructValue, token: TokenOf, contract: string): [Effect | undefined] {
  return [approval(token(contract), allowed === true ? unlimited : 0n, spender)]
}

function readAuthorization({ from, to, value }: StructValue, token: TokenOf, contract: string): [Effect | undefined] {
  const asset = token(contract)
  if (asset === undefined || typeof value !== 'bigint' || typeof to !== 'string' || typeof from !== 'string') {
    return [undefined]
  }
  return [{ kind: 'transfer', asset, amount: value, to, from }]
}

function readAllowances({ details, spender }: StructValue, token: TokenOf): readonly (Effect | undefined)[] {
  return structsOf(details).map((part) => approval(token(part.token), part.amount, spender, part.expiration))
}

function readPermitted({ permitted, spender, deadline }: StructValue, token: TokenOf): readonly (Effect | undefined)[] {
  return structsOf(permitted).map((part) => approval(token(part.token), part.amount, spender, deadline))
}

/** The tokens can be counted, what the witness makes of them cannot. */
function readWitnessed(message: StructValue, token: TokenOf): readonly (Effect | undefined)[] {
  return [...readPermitted(message, token), undefined]
}

function approval(asset: AssetId | undefined, amount?: Value, spender?: Value, expiry?: Value): Effect | undefined {
  if (asset === undefined || typeof amount !== 'bigint' || typeof spender !== 'string') return undefined
  const until = typeof expiry === 'bigint' ? { expiry } : {}
  return { kind: 'approval', asset, amount, spender, ...until }
}

/** One struct, or a list of them. */
function structsOf(value: Value | undefined): readonly StructValue[] {
  if (isList(value)) return value.flatMap(structsOf)
  return typeof value === 'object' && !(value instanceof Uint8Array) ? [value] : []
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}
