/** A secp256k1 public key as viem wants it: uncompressed. */

const prime = 2n ** 256n - 2n ** 32n - 977n
const compressed = /^0x(0[23])([0-9a-f]{64})$/i

/**
 * SEC 1, 2.3.4: y is the square root of x^3 + 7 with the parity of the first byte.
 * @throws RangeError for what is not a compressed point of the curve.
 */
export function uncompressed(publicKey: string): `0x${string}` {
  const [, first = '', x = ''] = compressed.exec(publicKey) ?? []
  const abscissa = BigInt(`0x${x || 0}`)
  const square = (abscissa ** 3n + 7n) % prime
  // The prime is 3 modulo 4, so the root is one power.
  const root = power(square, (prime + 1n) / 4n)
  if (x === '' || abscissa >= prime || (root * root) % prime !== square)
    throw new RangeError('not a compressed public key')
  const even = root % 2n === 0n
  const y = (first === '02') === even ? root : prime - root
  return `0x04${x.toLowerCase()}${y.toString(16).padStart(64, '0')}`
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % prime
    square = (square * square) % prime
  }
  return result
}
