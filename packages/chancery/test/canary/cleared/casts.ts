interface Cleared {
  readonly bytes: Uint8Array
}

export const plain = (bytes: Uint8Array): unknown => ({ bytes }) as Cleared // bad
export const twice = (value: unknown): unknown => value as unknown as Readonly<Cleared> // bad
export const list = (value: unknown): unknown => value as Cleared[] // bad
export const claimed = (value: unknown): value is Cleared => value !== null // bad
export function asserted(value: unknown): asserts value is Cleared { // bad
  if (value === null) throw new Error('none')
}
export const used = (cleared: Cleared): Uint8Array => cleared.bytes
