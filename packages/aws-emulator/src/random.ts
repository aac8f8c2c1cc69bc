import { createHash, randomBytes } from 'node:crypto'

/** The emulator's only source of randomness, so that one seed repeats a run. */
export interface Random {
  bytes(length: number): Buffer
  coin(): boolean
  /** An integer in [0, bound). */
  below(bound: number): number
  /** A number in [0, 1). */
  fraction(): number
  /** A uniform scalar in [1, order). */
  scalar(order: bigint): bigint
}

/** System randomness without a seed; with one, SHA-256 of `seed ‖ stream ‖ counter`: repeatable, not secret. */
export function makeRandom(seed: string | undefined, stream: string): Random {
  return fromBytes(seed === undefined ? randomBytes : seededBytes(seed, stream))
}

function fromBytes(bytes: (length: number) => Buffer): Random {
  const fraction = () => bytes(6).readUIntBE(0, 6) / 2 ** 48
  return {
    bytes,
    fraction,
    coin: () => (bytes(1)[0] ?? 0) % 2 === 0,
    below: (bound) => Math.floor(fraction() * bound),
    scalar: (order) => uniformScalar(bytes, order),
  }
}

function seededBytes(seed: string, stream: string): (length: number) => Buffer {
  let counter = 0
  const block = () => createHash('sha256').update(`${seed}\0${stream}\0${counter++}`).digest()
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, block)
    return Buffer.concat(blocks).subarray(0, length)
  }
}

/** Rejection sampling on 64 surplus bits: the bias left is below 2^-64. */
function uniformScalar(bytes: (length: number) => Buffer, order: bigint): bigint {
  const length = Math.ceil(order.toString(16).length / 2) + 8
  return (BigInt(`0x${bytes(length).toString('hex')}`) % (order - 1n)) + 1n
}
