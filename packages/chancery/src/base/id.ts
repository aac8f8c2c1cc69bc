/** Sortable random ids: a prefix, 48 bits of time and 80 random bits in Crockford base 32 (the layout of a ULID). */
import { randomBytes } from 'node:crypto'

const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const body = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

export function newId<P extends string>(prefix: P, now: number): `${P}_${string}` {
  let value = (BigInt(now) << 80n) | BigInt(`0x${randomBytes(10).toString('hex')}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = (digits[Number(value & 31n)] ?? '') + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}

export function isId<P extends string>(prefix: P, text: string): text is `${P}_${string}` {
  return text.startsWith(`${prefix}_`) && body.test(text.slice(prefix.length + 1))
}
