/** Containers, with the names of their fields as JSON has them. */
import type { JsonObject } from '../../../base/json.ts'
import { invalid, refusal } from '../../../core/refusals.ts'
import type { Form, ValueOf } from './form.ts'
import { chunkSize, fixedTree, merkleizeProgressive, mixIn } from './merkle.ts'

type Forms = Readonly<Record<string, Form<unknown>>>
type Values<F extends Forms> = { readonly [K in keyof F]: ValueOf<F[K]> }

export interface Container<F extends Forms> extends Form<Values<F>> {
  readonly fields: F
}

export function container<const F extends Forms>(fields: F): Container<F> {
  const entries = Object.entries(fields)
  const tree = fixedTree(entries.length)
  return {
    fields,
    schema: schemaOf(fields),
    read: (value, where) => readMembers(fields, entries, value, where),
    writeRoot(values, out, at) {
      writeRoots(entries, values, tree.chunks)
      out.set(tree.root(), at)
    },
  }
}

/** Every field active (EIP-7495). https://eips.ethereum.org/EIPS/eip-7495 */
export function progressiveContainer<const F extends Forms>(fields: F): Container<F> {
  const entries = Object.entries(fields)
  const active = new Uint8Array(chunkSize)
  entries.forEach((_, i) => (active[i >> 3] = (active[i >> 3] ?? 0) | (1 << (i & 7))))
  return {
    ...container(fields),
    writeRoot(values, out, at) {
      const chunks = new Uint8Array(entries.length * chunkSize)
      writeRoots(entries, values, chunks)
      out.set(mixIn(merkleizeProgressive(chunks), active), at)
    },
  }
}

type Entries = readonly (readonly [string, Form<unknown>])[]

function readMembers<F extends Forms>(fields: F, entries: Entries, value: unknown, where: string): Values<F> {
  if (!isRecord(value)) throw invalid(where, value, 'an object')
  for (const name of Object.keys(value))
    if (!Object.hasOwn(fields, name)) throw stranger(where, name, Object.keys(fields))
  const values: Record<string, unknown> = {}
  for (const [name, form] of entries) values[name] = form.read(value[name], `${where}.${name}`)
  // Each name was read by the form of its name, which is all that the type says.
  return values as Values<F>
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function stranger(where: string, name: string, names: readonly string[]) {
  const wanted = `one of ${names.join(', ')}`
  return refusal('invalid-payload', `${where} has no field of this name`, `${where}.${name}`, name, wanted)
}

function writeRoots(entries: Entries, values: Readonly<Record<string, unknown>>, chunks: Uint8Array): void {
  let at = 0
  for (const [name, form] of entries) {
    form.writeRoot(values[name], chunks, at)
    at += chunkSize
  }
}

function schemaOf(fields: Forms): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
    required: Object.keys(fields),
  }
}
