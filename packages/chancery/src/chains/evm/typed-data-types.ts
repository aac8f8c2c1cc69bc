/** The types of structured data, read strictly. https://eips.ethereum.org/EIPS/eip-712 */
import { utf8 } from '../../base/bytes.ts'
import { readArray, readClosedObject, readObject, readString } from '../../core/fields.ts'
import { keccak256 } from './keccak.ts'
import { invalid } from '../../core/refusals.ts'

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

export interface Struct {
  readonly fields: readonly Field[]
  /** `Mail(Person from,Person to,string contents)Person(string name,address wallet)` */
  readonly encodedType: string
  readonly typeHash: Uint8Array
}

/** The structs by name, without EIP712Domain. */
export type Structs = ReadonlyMap<string, Struct>
type FieldsByName = ReadonlyMap<string, readonly Field[]>

export const domainType = 'EIP712Domain'

// Solidity identifiers; struct names may hold a colon, which large exchanges use (`HyperliquidTransaction:UsdSend`) and
// which cannot be mistaken for another part of encodeType.
const fieldName = /^(?!__proto__$)[A-Za-z_$][A-Za-z0-9_$]{0,99}$/
const structName = /^(?!__proto__$)[A-Za-z_$][A-Za-z0-9_$:]{0,99}$/
const reserved = /^(?:u?int|bytes)[0-9]*$|^(?:bool|address|string|function)$|^u?fixed/
// Far beyond what contracts use; they bound the work that a request can cause.
const mostDimensions = 4
const mostStructs = 100
const mostFields = 200

/**
 * Reads the structs that `primaryType` uses.
 * @throws Refused for a type that is unknown, not canonical (`uint` for `uint256`), recursive or unused.
 */
export function readStructs(value: unknown, primaryType: string, where: string): Structs {
  const given = readObject(value, where)
  const names = Object.keys(given).filter((name) => name !== domainType)
  if (names.length > mostStructs) throw invalid(where, `${names.length} structs`, `at most ${mostStructs} structs`)
  for (const name of names) {
    if (!structName.test(name) || reserved.test(name)) throw invalid(`${where}.${name}`, name, 'the name of a struct')
  }
  const fields = new Map(names.map((name) => [name, readFields(given[name], `${where}.${name}`, names)]))
  const used = dependencies(fields, where)
  const wanted = used.get(primaryType)
  if (wanted === undefined) throw invalid('typedData.primaryType', primaryType, `one of ${names.join(', ')}`)
  const unused = names.find((name) => !wanted.has(name))
  if (unused !== undefined) throw invalid(`${where}.${unused}`, unused, `a type that ${primaryType} uses, or left out`)
  return new Map([...used].map(([name, uses]) => [name, structOf(name, uses, fields)]))
}

/** Reads the fields of one struct; `names` are the structs a field may be of. */
export function readFields(value: unknown, where: string, names: readonly string[]): readonly Field[] {
  const list = readArray(value, where)
  if (list.length > mostFields) throw invalid(where, `${list.length} fields`, `at most ${mostFields} fields`)
  const fields = list.map((field, i) => readField(field, `${where}[${i}]`, names))
  const twice = fields.findIndex(({ name }, i) => fields.findIndex((other) => other.name === name) !== i)
  if (twice !== -1) throw invalid(`${where}[${twice}].name`, fields[twice]?.name, 'a name of its own')
  return fields
}

export function encodeFields(name: string, fields: readonly Field[]): string {
  return `${name}(${fields.map((field) => `${field.text} ${field.name}`).join(',')})`
}

/** encodeType: the struct first, then all it uses, sorted by name. */
function structOf(name: string, uses: ReadonlySet<string>, all: FieldsByName): Struct {
  const others = [...uses].filter((other) => other !== name).toSorted()
  const encodedType = [name, ...others].map((struct) => encodeFields(struct, all.get(struct) ?? [])).join('')
  return { fields: all.get(name) ?? [], encodedType, typeHash: keccak256(utf8(encodedType)) }
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

/**
 * All that each struct uses, itself included. Each is visited once: without that, a request of sixty structs could ask
 * for 2^40 visits.
 * @throws Refused when a struct contains itself: its values could not end (ethers refuses it too).
 */
function dependencies(all: FieldsByName, where: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const visit = (name: string, path: readonly string[]): Set<string> => {
    const known = found.get(name)
    if (known !== undefined) return known
    const way = [...path, name]
    if (path.includes(name)) throw invalid(`${where}.${name}`, way.join(' > '), 'a type that does not contain itself')
    const uses = new Set<string>()
    for (const struct of structsIn(all.get(name) ?? [])) for (const other of visit(struct, way)) uses.add(other)
    found.set(name, uses.add(name))
    return uses
  }
  for (const name of all.keys()) visit(name, [])
  return found
}

function structsIn(fields: readonly Field[]): ReadonlySet<string> {
  return new Set(fields.map(({ type }) => structNameOf(type)).filter((name) => name !== undefined))
}

function structNameOf(type: FieldType): string | undefined {
  if (type.kind === 'array') return structNameOf(type.item)
  return type.kind === 'struct' ? type.name : undefined
}
