/** Which 32 bytes are private keys. Loads no library. */
import { getRandomValues } from 'node:crypto'

const order = Buffer.from('73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001', 'hex')
const zero = Buffer.alloc(32)

/** Whether these are 32 bytes, big-endian, from 1 to r-1. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && Buffer.compare(bytes, order) < 0 && Buffer.compare(bytes, zero) > 0
}

/** 32 bytes. The caller owns them and zeroes them. */
export function generate(): Uint8Array<ArrayBuffer> {
  const privateKey = new Uint8Array(32)
  // Less than half of all draws are in range.
  do getRandomValues(privateKey)
  while (!isPrivateKey(privateKey))
  return privateKey
}

/** @throws RangeError */
export function requirePrivateKey(bytes: Uint8Array): void {
  if (!isPrivateKey(bytes)) throw new RangeError('not a BLS12-381 private key')
}
