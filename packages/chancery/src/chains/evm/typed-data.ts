/** Structured data (EIP-712, version 0x01 of EIP-191). https://eips.ethereum.org/EIPS/eip-712 */
import { utf8 } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { readClosedObject, readObject, readString } from '../../core/fields.ts'
import { keccak256 } from './keccak.ts'
import { invalid, refusal } from '../../core/refusals.ts'
import { domainType, encodeFields, type Field, readFields, readStructs, type Structs } from './typed-data-types.ts'
import { hashStruct, readStruct, showStruct, type StructValue } from './typed-data-values.ts'

export interface TypedData {
  readonly primaryType: string
  readonly structs: Structs
  readonly message: StructValue
  readonly domain: StructValue
  /** Checksummed. */
  readonly verifyingContract: string
  /** encodeType of the primary type: what identifies the kind of data. */
  readonly encodedType: string
  readonly digest: Uint8Array
}

/** The fields a domain may have, in the order EIP-712 gives them. */
const domainFields: readonly Field[] = [
  { name: 'name', text: 'string', type: { kind: 'string' } },
  { name: 'version', text: 'string', type: { kind: 'string' } },
  { name: 'chainId', text: 'uint256', type: { kind: 'uint', bits: 256 } },
  { name: 'verifyingContract', text: 'address', type: { kind: 'address' } },
  { name: 'salt', text: 'bytes32', type: { kind: 'fixed-bytes', size: 32 } },
]

/**
 * Reads `{ domain, types, primaryType, message }`. The domain must name the network and the contract, or its signature
 * would hold elsewhere too.
 * @throws Refused
 */
export function readTypedData(value: unknown, where: string, chainId: bigint): TypedData {
  const fields = readClosedObject(value, where, ['domain', 'types', 'primaryType', 'message'])
  const primaryType = readString(fields.primaryType, `${where}.primaryType`)
  const structs = readStructs(fields.types, primaryType, `${where}.types`)
  const { domain, present, verifyingContract } = readDomain(fields.domain, `${where}.domain`, chainId)
  checkDomainType(readObject(fields.types, `${where}.types`)[domainType], present, `${where}.types.${domainType}`)
  const primary = structs.get(primaryType)
  if (primary === undefined) throw new TypeError('the primary type was not read')
  const message = readStruct(fields.message, primary.fields, structs, `${where}.message`)
  const typeHash = keccak256(utf8(encodeFields(domainType, present)))
  const separator = hashStruct({ fields: present, typeHash }, domain, structs)
  return {
    primaryType,
    structs,
    message,
    domain,
    verifyingContract,
    encodedType: primary.encodedType,
    digest: keccak256(Uint8Array.of(0x19, 0x01), separator, hashStruct(primary, message, structs)),
  }
}

/** Everything the digest was made of, in one spelling. */
export function summariseTypedData({ primaryType, structs, domain, message }: TypedData): JsonObject {
  const types = [...structs].map(([name, { fields }]) => [
    name,
    fields.map((field) => ({ name: field.name, type: field.text })),
  ])
  return {
    primaryType,
    domain: showStruct(domain),
    types: Object.fromEntries(types) as JsonObject,
    message: showStruct(message),
  }
}

interface Domain {
  readonly domain: StructValue
  /** The fields it has, in the order of EIP-712. */
  readonly present: readonly Field[]
  readonly verifyingContract: string
}

function readDomain(value: unknown, where: string, wanted: bigint): Domain {
  const names = domainFields.map(({ name }) => name)
  const given = readClosedObject(value, where, names)
  const present = domainFields.filter(({ name }) => given[name] !== undefined)
  const domain = readStruct(value, present, new Map(), where)
  const { chainId, verifyingContract } = domain
  if (typeof chainId !== 'bigint') throw invalid(`${where}.chainId`, undefined, 'present')
  if (typeof verifyingContract !== 'string') throw invalid(`${where}.verifyingContract`, undefined, 'present')
  if (chainId === wanted) return { domain, present, verifyingContract }
  const detail = 'The typed data belongs to another network'
  throw refusal('wrong-network', detail, `${where}.chainId`, String(chainId), String(wanted))
}

/** A given EIP712Domain must say what the domain holds: a verifier would hash the one, and people read the other. */
function checkDomainType(value: unknown, present: readonly Field[], where: string): void {
  if (value === undefined) return
  const got = encodeFields(domainType, readFields(value, where, []))
  const wanted = encodeFields(domainType, present)
  if (got !== wanted) throw invalid(where, got, wanted)
}
