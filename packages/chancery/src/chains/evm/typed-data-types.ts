/** The types of structured data (EIP-712), read strictly. https://eips.ethereum.org/EIPS/eip-712#definition-of-typed-structured-data-%F0%9D%95%8A */
import { utf8 } from '../../base/bytes.ts'
import { readArray, readClosedObject, readObject, readString } from './fields.ts'
import { keccak256 } from './keccak.ts'
import { invalid } from './refusals.ts'

export type FieldType =
  | { readonly kind: 'uint' | 'int'; readonly bits: number }
  | { readonly kind: 'fixed-bytes'; readonly size: number }
  | { readonly kind: 'bytes' | 'string' | 'bool' | 'address' }
  | { readonly kind: 'struct'; readonly name: string }
  | { readonly kind: 'array'; readonly item: FieldType; readonly length?: number }

export interface Field {
  readonly name: string
  /** As it stands in encodeType. */
  readonly text: string
  readonly type: FieldType
}

/** The structs by name, without EIP712Domain. */
export type Structs = ReadonlyMap<string, readonly Field[]>

export const domainType = 'EIP712Domain'

// Solidity identifiers; struct names may hold a colon, which large exchanges use (`HyperliquidTransaction:UsdSend`) and
// which cannot be mistaken for another part of encodeType.
const fieldName = /^(?!__proto__$)[A-Za-z_$][A-Za-z0-9_$]{0,99}$/
const structName = /^(?!__proto__$)[A-Za-z_$][A-Za-z0-9_$:]{0,99}$/
const reserved = /^(?:u?int|bytes)[0-9]*$|^(?:bool|address|string|function)$|^u?fixed/
const mostDimensions = 4

/**
 * Reads the structs that `primaryType` uses.
 * @throws Refused for a type that is unknown, not canonical (`uint` for `uint256`), recursive or unused.
 */
export function readStructs(value: unknown, primaryType: string, where: string): Structs {
  const given = readObject(value, where)
  const names = Object.keys(given).filter((name) => name !== domainType)
  for (const name of names) {
    if (!structName.test(name) || reserved.test(name)) throw invalid(`${where}.${name}`, name, 'the name of a struct')
  }
  const structs = new Map(names.map((name) => [name, readFields(given[name], `${where}.${name}`, names)]))
  if (!structs.has(primaryType)) throw invalid('typedData.primaryType', primaryType, `one of ${names.join(', ')}`)
  const used = dependencies(structs, primaryType, where)
  const unused = names.find((name) => !used.has(name))
  if (unused !== undefined) throw invalid(`${where}.${unused}`, unused, `a type that ${primaryType} uses, or left out`)
  return structs
}

/** Reads the fields of one struct; `names` are the structs a field may be of. */
export function readFields(value: unknown, where: string, names: readonly string[]): readonly Field[] {
  const fields = readArray(value, where).map((field, i) => readField(field, `${where}[${i}]`, names))
  const twice = fields.findIndex(({ name }, i) => fields.findIndex((other) => other.name === name) !== i)
  if (twice !== -1) throw invalid(`${where}[${twice}].name`, fields[twice]?.name, 'a name of its own')
  return fields
}

/** `Mail(Person from,Person to,string contents)Person(string name,address wallet)`: the others follow sorted by name. */
export function encodeType(structs: Structs, name: string): string {
  const others = [...dependencies(structs, name, 'types')].filter((other) => other !== name).toSorted()
  return [name, ...others].map((struct) => encodeFields(struct, structs.get(struct) ?? [])).join('')
}

export function encodeFields(name: string, fields: readonly Field[]): string {
  return `${name}(${fields.map((field) => `${field.text} ${field.name}`).join(',')})`
}

export function typeHash(structs: Structs, name: string): Uint8Array {
  return keccak256(utf8(encodeType(structs, name)))
}

function readField(value: unknown, where: string, names: readonly string[]): Field {
  const { name, type } = readClosedObject(value, where, ['name', 'type'])
  if (typeof name !== 'string' || !fieldName.test(name)) throw invalid(`${where}.name`, name, 'an identifier')
  const text = readString(type, `${where}.type`)
  return { name, text, type: readType(text, `${where}.type`, names) }
}

function readType(text: string, where: string, names: readonly string[]): FieldType {
  const parts = /^([^[\]]+)((?:\[(?:[1-9][0-9]{0,5})?\])*)$/.exec(text)
  const dimensions = [...(parts?.[2] ?? '').matchAll(/\[([0-9]*)\]/g)]
  const base = readBaseType(parts?.[1] ?? '', names)
  if (base === undefined || dimensions.length > mostDimensions) {
    throw invalid(where, text, `a type of EIP-712 in its canonical name, or one of ${names.join(', ')}`)
  }
  // The last brackets are the outermost: `T[2][]` is a list of pairs.
  return dimensions.reduce<FieldType>((item, [, length]) => {
    return length ? { kind: 'array', item, length: Number(length) } : { kind: 'array', item }
  }, base)
}

function readBaseType(name: string, names: readonly string[]): FieldType | undefined {
  if (name === 'bytes' || name === 'string' || name === 'bool' || name === 'address') return { kind: name }
  if (names.includes(name)) return { kind: 'struct', name }
  const [, kind, digits] = /^(uint|int|bytes)([1-9][0-9]{0,2})$/.exec(name) ?? []
  const size = Number(digits)
  if (kind === 'bytes') return size <= 32 ? { kind: 'fixed-bytes', size } : undefined
  const sized = size % 8 === 0 && size <= 256
  return (kind === 'uint' || kind === 'int') && sized ? { kind, bits: size } : undefined
}

/** The struct and all it uses. @throws Refused when one contains itself: its values could not end (as in ethers). */
function dependencies(
  structs: Structs,
  name: string,
  where: string,
  path: readonly string[] = [],
): ReadonlySet<string> {
  if (path.includes(name))
    throw invalid(`${where}.${name}`, [...path, name].join(' > '), 'a type that does not contain itself')
  const found = new Set<string>()
  for (const field of structs.get(name) ?? []) {
    const struct = structOf(field.type)
    if (struct === undefined || found.has(struct)) continue
    for (const other of dependencies(structs, struct, where, [...path, name])) found.add(other)
  }
  return found.add(name)
}

function structOf(type: FieldType): string | undefined {
  if (type.kind === 'array') return structOf(type.item)
  return type.kind === 'struct' ? type.name : undefined
}
