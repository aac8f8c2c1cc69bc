/** A database in memory, as `@lodestar/db` asks one to be. Only what slashing protection calls is there. */

export interface KeyValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface Range {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly limit?: number
}

export interface Controller {
  get(key: Uint8Array): Promise<Uint8Array | null>
  put(key: Uint8Array, value: Uint8Array): Promise<void>
  batchPut(items: readonly KeyValue[]): Promise<void>
  values(range: Range): Promise<Uint8Array[]>
  keys(): Promise<Uint8Array[]>
}

/** Rows of one validator and kind differ in the eight bytes at the end: a range never leaves them. */
const numberLength = 16

export function memoryController(): Controller {
  const rows = new Map<string, Uint8Array>()
  const ordered = new Map<string, string[]>()
  const put = (key: Uint8Array, value: Uint8Array): void => {
    const name = text(key)
    if (!rows.has(name)) insert(among(ordered, name), name)
    rows.set(name, value)
  }
  return {
    get: async (key) => rows.get(text(key)) ?? null,
    put: async (key, value) => put(key, value),
    batchPut: async (items) => items.forEach(({ key, value }) => put(key, value)),
    values: async ({ gte, lt, limit }) => {
      if (gte === undefined || lt === undefined) throw new Error('a range has two ends')
      const names = among(ordered, text(gte))
      const from = place(names, text(gte))
      const to = Math.min(place(names, text(lt)), from + (limit ?? Infinity))
      return names.slice(from, to).flatMap((name) => rows.get(name) ?? [])
    },
    keys: async () => [...rows.keys()].map((name) => Buffer.from(name, 'hex')),
  }
}

function text(key: Uint8Array): string {
  return Buffer.from(key).toString('hex')
}

function among(ordered: Map<string, string[]>, name: string): string[] {
  const prefix = name.slice(0, -numberLength)
  const names = ordered.get(prefix) ?? []
  ordered.set(prefix, names)
  return names
}

function insert(names: string[], name: string): void {
  names.splice(place(names, name), 0, name)
}

/** How many come before it. */
function place(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((names[middle] ?? '') < name) low = middle + 1
    else high = middle
  }
  return low
}
