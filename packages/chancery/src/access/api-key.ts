/**
 * API keys. The text is
 *
 *     chancery_<client>_<secret id>_<secret>_<checksum>
 *
 * client: the 26 characters of the client's id; secret id: 8 characters of Crockford base 32; secret: 32 random bytes
 * as 43 characters of base64url; checksum: CRC-32 of everything before it, as 6 base-62 digits. The fixed prefix and
 * the checksum let secret scanners find leaked keys without false alarms; neither is a protection.
 *
 * The service keeps HMAC-SHA-256(pepper, text without the checksum): it binds the secret to its client and its id. A
 * slow hash would add nothing to 256 random bits.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { fromHex, toHex } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import type { ClientRecord, ClientSecret } from '../core/access.ts'
import type { ClientId } from '../core/names.ts'

export const maxSecrets = 2

const shape = /^chancery_([0-7][0-9a-hjkmnp-tv-z]{25})_([0-9a-hjkmnp-tv-z]{8})_([A-Za-z0-9_-]{43})_([0-9A-Za-z]{6})$/
const base32 = '0123456789abcdefghjkmnpqrstvwxyz'
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const dayMilliseconds = 86_400_000

export interface ApiKey {
  readonly client: ClientId
  readonly secretId: string
  /** What the keyed hash is taken of. */
  readonly hashed: string
}

export interface NewSecret {
  readonly record: ClientSecret
  /** Shown once; never kept. */
  readonly text: string
}

/** `days` whole days from `now` (milliseconds since 1970) the secret ends. */
export function newSecret(client: ClientId, pepper: Secret, now: number, days: number): NewSecret {
  const id = Array.from(randomBytes(8), (byte) => base32[byte & 31]).join('')
  const hashed = `chancery_${client.slice('cli_'.length)}_${id}_${randomBytes(32).toString('base64url')}`
  return {
    record: {
      id,
      mac: toHex(keyedHash(pepper, hashed)),
      createdAt: isoTime(now),
      expiresAt: isoTime(now + days * dayMilliseconds),
    },
    text: `${hashed}_${checksum(hashed)}`,
  }
}

/** `undefined` for text that was never a key: wrong shape or checksum. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, client, secretId, secret, check] = shape.exec(text) ?? []
  if (client === undefined || secretId === undefined || secret === undefined) return undefined
  const hashed = `chancery_${client}_${secretId}_${secret}`
  return checksum(hashed) === check ? { client: `cli_${client}`, secretId, hashed } : undefined
}

/**
 * Whether the client holds this secret and it has not ended. One hash and one comparison whatever is given: an unknown
 * client, an unknown secret and text of any shape take the same work.
 */
export function holdsSecret(
  client: ClientRecord | undefined,
  key: ApiKey | undefined,
  pepper: Secret,
  now: number,
): boolean {
  const held = client?.secrets.find(({ id }) => id === key?.secretId)
  const presented = keyedHash(pepper, key?.hashed ?? nothing)
  const same = timingSafeEqual(presented, held === undefined ? dummy : fromHex(held.mac))
  return same && held !== undefined && !hasEnded(held, now)
}

export function hasEnded(secret: ClientSecret, now: number): boolean {
  return secret.expiresAt !== undefined && Date.parse(secret.expiresAt) <= now
}

const dummy = randomBytes(32)
/** As long as what is hashed of a key, so that the hash costs the same. */
const nothing = '-'.repeat(88)

function keyedHash(pepper: Secret, text: string): Uint8Array {
  return pepper.use((key) => createHmac('sha256', keyObject(pepper, key)).update(text).digest())
}

// Making the key object costs four times what hashing with it does. It is gone when nobody holds the pepper any more.
const keyObjects = new WeakMap<Secret, KeyObject>()

function keyObject(pepper: Secret, key: Uint8Array): KeyObject {
  const known = keyObjects.get(pepper)
  if (known !== undefined) return known
  const made = createSecretKey(key)
  keyObjects.set(pepper, made)
  return made
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < 6; i++) {
    digits = (base62[rest % 62] ?? '') + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
