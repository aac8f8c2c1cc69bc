/** Secret bytes that do not print. */
import { inspect } from 'node:util'

/**
 * A copy that the garbage collector does not move. It moves arrays of up to 64 bytes, which V8 keeps in its own heap, and
 * leaves their bytes behind where no `wipe` finds them.
 */
export function unmoved(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

/**
 * Holds secret bytes for as short as its owner can manage. Logs, JSON and `util.inspect` show `[secret]`.
 * `use` hands out the bytes themselves, not a copy; nobody keeps them. `wipe` zeroes them for good.
 */
export class Secret {
  #bytes: Uint8Array | undefined

  /** Takes the bytes over: the caller must not keep or zero them. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** @throws Error after `wipe`. */
  use<T>(read: (bytes: Uint8Array) => T): T {
    if (this.#bytes === undefined) throw new Error('this secret was wiped')
    return read(this.#bytes)
  }

  wipe(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }

  toJSON(): string {
    return '[secret]'
  }

  toString(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
