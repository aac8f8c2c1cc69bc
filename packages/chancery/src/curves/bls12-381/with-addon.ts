/** Signing by the addon: messages are hashed to the curve once, and a chunk of signatures shares its inversion. */
import type { Addon, Key, Point } from '@chancery/bls-addon'
import { requirePrivateKey } from './private-key.ts'
import type { LoadedKey, SigningLibrary } from './signing-library.ts'

interface AddonKey extends LoadedKey {
  readonly handle: Key
}

/** The messages of a slot are a few; 400 bytes each. */
const pointLimit = 64
/** Of the addon. */
const chunk = 64
const size = 192

export function withAddon(addon: Addon): SigningLibrary<AddonKey> {
  const pointOf = pointCache(addon)
  const signChunk = (keys: readonly AddonKey[], messages: readonly Uint8Array[]): Uint8Array[] => {
    const bytes = addon.signMany(
      keys.map(({ handle }) => handle),
      messages.map(pointOf),
    )
    return keys.map((_, i) => bytes.subarray(i * size, (i + 1) * size))
  }
  return {
    by: 'addon',
    publicKeyOf: (privateKey) => publicKeyOf(addon, privateKey),
    loadPrivateKey(privateKey) {
      requirePrivateKey(privateKey)
      const handle = addon.loadKey(privateKey)
      return { handle, wipe: () => addon.wipeKey(handle) }
    },
    signMany(keys, messages) {
      const starts = Array.from({ length: Math.ceil(keys.length / chunk) }, (_, i) => i * chunk)
      return starts.flatMap((at) => signChunk(keys.slice(at, at + chunk), messages.slice(at, at + chunk)))
    },
  }
}

function publicKeyOf(addon: Addon, privateKey: Uint8Array): Uint8Array {
  requirePrivateKey(privateKey)
  const handle = addon.loadKey(privateKey)
  try {
    return addon.publicKey(handle)
  } finally {
    addon.wipeKey(handle)
  }
}

/** The least recently used goes first. */
function pointCache(addon: Addon): (message: Uint8Array) => Point {
  const points = new Map<string, Point>()
  return (message) => {
    const name = Buffer.from(message.buffer, message.byteOffset, message.length).toString('latin1')
    const point = points.get(name) ?? addon.hashToG2(message)
    points.delete(name)
    points.set(name, point)
    const [oldest] = points.size > pointLimit ? points.keys() : []
    if (oldest !== undefined) points.delete(oldest)
    return point
  }
}
