/** Sortable random ids: a prefix, 48 bits of time and 80 random bits in Crockford base 32 (the layout of a ULID). */
import { randomFillSync } from 'node:crypto'

const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const body = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

export function newId<P extends string>(prefix: P, now: number): `${P}_${string}` {
  return `${prefix}_${timeDigits(now)}${randomDigits()}`
}

/** 48 bits in ten digits, the highest two bits of which are zero. */
function timeDigits(now: number): string {
  let text = ''
  for (let rest = now, i = 0; i < 10; i++) {
    text = (digits[rest % 32] ?? '') + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** Each takes five bits of a byte of its own. */
function randomDigits(): string {
  let text = ''
  for (const byte of random(16)) text += digits[byte & 31] ?? ''
  return text
}

// One call to the system for many ids: a call for each was a fortieth of what signing costs this process.
const pool = Buffer.alloc(4_096)
let used = pool.length

/** Valid until the next call. */
function random(size: number): Uint8Array {
  if (used + size > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += size
  return pool.subarray(used - size, used)
}

export function isId<P extends string>(prefix: P, text: string): text is `${P}_${string}` {
  return text.startsWith(`${prefix}_`) && body.test(text.slice(prefix.length + 1))
}
