/** Transactions on the wire, as far as their hash needs them read: BIP-144, and the flag of Litecoin's extension blocks. */
import { concat, sha256 } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'

export interface WholeTransaction {
  /** As people read it: the hash of everything but the witness, backwards. */
  readonly txid: string
  /** With its witness, without anything that Litecoin's extension (MWEB) adds: no txid covers that, no other chain reads it. */
  readonly bytes: Uint8Array
}

/** The wire flags of BIP-144 and of Litecoin Core (primitives/transaction.h). */
const witnessFlag = 1
const mwebFlag = 8

/** Undefined for what is no transaction, or holds more than one. */
export function readTransaction(raw: Uint8Array): WholeTransaction | undefined {
  try {
    return new Reader(raw).transaction()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** @throws Failed `node-refused` when these bytes are not the transaction of this name */
export function requireTransaction(raw: Uint8Array | undefined, txid: string): Uint8Array {
  const read = raw && readTransaction(raw)
  if (read?.txid === txid) return read.bytes
  const particulars = { got: read?.txid ?? 'no transaction', wanted: txid }
  throw new Failed('node-refused', 'The node answered with another transaction', { particulars })
}

class Reader {
  readonly #raw: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(raw: Uint8Array) {
    this.#raw = raw
    this.#view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  }

  /** @throws RangeError */
  transaction(): WholeTransaction {
    const version = this.#take(4)
    const flags = this.#flags()
    const start = this.#at
    const inputs = this.#inputs()
    this.#outputs()
    const body = this.#raw.subarray(start, this.#at)
    const witness = this.#witness(flags, inputs)
    const rest = this.#raw.length - this.#at - 4
    // What the extension adds ends before the lock time; it is not read.
    if (rest < 0 || (rest > 0 && (flags & mwebFlag) === 0)) throw new RangeError('bytes are left')
    const lockTime = this.#raw.subarray(this.#raw.length - 4)
    const bare = concat(version, body, lockTime)
    const bytes = witness === undefined ? bare : concat(version, Uint8Array.of(0, witnessFlag), body, witness, lockTime)
    return { txid: Buffer.from(sha256(sha256(bare)).reverse()).toString('hex'), bytes }
  }

  #flags(): number {
    if (this.#raw[this.#at] !== 0) return 0
    const flags = this.#take(2)[1] ?? 0
    if (flags === 0 || (flags & ~(witnessFlag | mwebFlag)) !== 0) throw new RangeError('unknown flags')
    return flags
  }

  #inputs(): number {
    const count = this.#count()
    for (let i = 0; i < count; i++) {
      this.#take(36)
      this.#take(this.#count())
      this.#take(4)
    }
    return count
  }

  #outputs(): void {
    const count = this.#count()
    for (let i = 0; i < count; i++) {
      this.#take(8)
      this.#take(this.#count())
    }
  }

  #witness(flags: number, inputs: number): Uint8Array | undefined {
    if ((flags & witnessFlag) === 0) return undefined
    const start = this.#at
    for (let i = 0; i < inputs; i++) {
      const items = this.#count()
      for (let item = 0; item < items; item++) this.#take(this.#count())
    }
    return this.#raw.subarray(start, this.#at)
  }

  /** Compact size, in its shortest form. */
  #count(): number {
    const first = this.#view.getUint8(this.#at++)
    if (first < 0xfd) return first
    if (first === 0xff) throw new RangeError('larger than any block')
    const [value, least] = first === 0xfd ? [this.#view.getUint16(this.#at, true), 0xfd] : [this.#long(), 0x10000]
    this.#at += first === 0xfd ? 2 : 4
    if (value < least) throw new RangeError('not in its shortest form')
    return value
  }

  #long(): number {
    return this.#view.getUint32(this.#at, true)
  }

  #take(size: number): Uint8Array {
    if (this.#at + size > this.#raw.length) throw new RangeError('bytes are missing')
    this.#at += size
    return this.#raw.subarray(this.#at - size, this.#at)
  }
}
