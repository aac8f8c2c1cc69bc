/**
 * One segment: its header, the leaves of its entries, and the signature of the stream it belongs to. Guard rows need no
 * place of their own in the hash: each stands in an entry (`admit` in pending.ts sees to that), and the leaves cover it.
 */
import { createPublicKey, generateKeyPairSync, hash, sign, verify, type KeyObject } from 'node:crypto'
import { fromHex, sha256, toHex, utf8, type Hex } from '../base/bytes.ts'
import { canonical } from '../base/json.ts'
import type { EntryBody } from '../core/recorder.ts'
import type { Checkpoint, Entry, Position, Segment } from '../core/store.ts'

const zeroHash: Hex = `0x${'00'.repeat(32)}`

const segmentPrefix = utf8('chancery segment 1\n')
const checkpointPrefix = utf8('chancery checkpoint 1\n')

/** As people read it in findings and faults; unique, so a map's key too. */
export function placeName({ stream, seq }: Position): string {
  return `segment ${stream}/${seq}`
}

/** RFC 6962, 2.1: SHA-256 of 0x00 and the entry's bytes. */
export function leafHash(body: string): Hex {
  return `0x${hash('sha256', `\0${body}`, 'hex')}`
}

export function entryOf(body: EntryBody): Entry {
  const text = canonical(body)
  return { leaf: leafHash(text), body: text }
}

export type Header = Omit<Segment, 'hash' | 'mac'>

/** SHA-256 over the header as canonical JSON, a line feed, and the leaves, 32 bytes each. */
export function segmentHash(header: Header, leaves: readonly Hex[]): Hex {
  const { stream, seq, prev, epoch, time, count } = header
  const head = utf8(`${canonical({ stream, seq, prev, epoch, time, count })}\n`)
  const tail = Buffer.from(leaves.map((leaf) => leaf.slice(2)).join(''), 'hex')
  return toHex(sha256(segmentPrefix, head, tail))
}

/** What the first segment of a stream names as its predecessor: the newest checkpoint, or zeros before the first. */
export function checkpointHash(checkpoint: Pick<Checkpoint, 'size' | 'root'> | undefined): Hex {
  if (checkpoint === undefined) return zeroHash
  return toHex(sha256(checkpointPrefix, utf8(canonical({ size: checkpoint.size, root: checkpoint.root }))))
}

/** The key of one stream, made for it and gone with its process. */
export interface StreamKey {
  readonly privateKey: KeyObject
  /** 32 bytes. */
  readonly publicKey: Hex
}

export function newStreamKey(): StreamKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return { privateKey, publicKey: toHex(Buffer.from(x, 'base64url')) }
}

/** An Ed25519 signature over the segment's hash. */
export function signSegment(hash: Hex, key: StreamKey): Hex {
  return toHex(sign(null, fromHex(hash), key.privateKey))
}

export function verifySegment(hash: Hex, mac: Hex, publicKey: KeyObject): boolean {
  return verify(null, fromHex(hash), publicKey, fromHex(mac))
}

/** @throws Error when `publicKey` is not 32 bytes. */
export function ed25519PublicKey(publicKey: Hex): KeyObject {
  const x = Buffer.from(fromHex(publicKey)).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
