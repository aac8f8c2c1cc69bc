/** Values as EVM libraries hold them (bigint, bytes), made into what the service takes (decimal strings, hex). */
import { isFields } from './errors.ts'

export type Hex = `0x${string}`

export function hexOf(bytes: Uint8Array): Hex {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)
}

/** bigint to decimal text and bytes to hex, at every depth; undefined members are left out. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return hexOf(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, plain(member)]])),
  )
}

const types: Readonly<Record<string, number>> = { legacy: 0, eip2930: 1, eip1559: 2 }
/** What the service reads. */
const known = [
  'chainId',
  'nonce',
  'to',
  'value',
  'data',
  'gas',
  'gasLimit',
  'gasPrice',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'accessList',
]
/** What says who sends, or is a library's own affair. */
const ignored = ['from', 'account', 'chain', 'type', 'nonceManager', 'kzg', 'r', 's', 'v', 'yParity']

/**
 * The members of a library's transaction under the service's names.
 * @throws TypeError for a member that would be lost: what is signed must be what was asked for.
 */
export function transactionFields(transaction: object): Readonly<Record<string, unknown>> {
  const given = Object.entries(transaction).filter(([, value]) => value !== undefined && value !== null)
  const stranger = given.find(([name]) => !known.includes(name) && !ignored.includes(name))
  if (stranger !== undefined) throw new TypeError(`a transaction with ${stranger[0]} cannot be signed here`)
  const { type } = typeOf(transaction)
  const capped = given.some(([name]) => name === 'maxFeePerGas' || name === 'maxPriorityFeePerGas')
  const unread = passedOver(type ?? (capped ? 2 : undefined))
  const fields = given
    .filter(([name, value]) => known.includes(name) && !unread(name, value))
    .map(([name, value]) => [name, plain(value)] as const)
  return { ...(type === undefined ? {} : { type }), ...Object.fromEntries(fields) }
}

/**
 * What the libraries' own serialisers pass over in a transaction of this type, and viem leaves in it: nodes that know
 * `eth_fillTransaction` name a gas price beside the fees. Nothing else is left out; the service refuses what it must not lose.
 */
function passedOver(type: number | undefined): (name: string, value: unknown) => boolean {
  if (type === 2) return (name) => name === 'gasPrice'
  if (type === 0) return (name, value) => name === 'accessList' && Array.isArray(value) && value.length === 0
  return () => false
}

function typeOf(transaction: object): { readonly type?: number } {
  const type: unknown = 'type' in transaction ? transaction.type : undefined
  if (type === undefined || type === null) return {}
  const number = typeof type === 'string' ? types[type] : type
  if (typeof number !== 'number')
    throw new TypeError(`a transaction of type ${JSON.stringify(type)} cannot be signed here`)
  return { type: number }
}

/** @throws TypeError without a chain id: then nobody could say on which network it counts. */
export function networkOf(value: object): `eip155:${string}` {
  const chainId: unknown = 'chainId' in value ? value.chainId : undefined
  if (typeof chainId !== 'number' && typeof chainId !== 'bigint' && typeof chainId !== 'string') {
    throw new TypeError('the chain id is missing')
  }
  return `eip155:${BigInt(chainId)}`
}

/** A member of a signature as its chain writes it. @throws TypeError when the service answered something else. */
export function hexMember(result: Readonly<Record<string, unknown>>, name: string): Hex {
  const value = result[name]
  if (!isHex(value)) throw new TypeError(`the service's answer has no ${name}`)
  return value
}
