/**
 * Checkpoints as others can read them: a C2SP tlog-checkpoint inside a C2SP signed note with an Ed25519 key.
 * https://c2sp.org/tlog-checkpoint https://c2sp.org/signed-note
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { concat, equal, fromHex, sha256, toHex, utf8, type Hex } from '../base/bytes.ts'
import type { Secret } from '../base/secret.ts'
import type { Checkpoint } from '../core/store.ts'
import { ed25519PublicKey } from './segment.ts'

/** signed-note: the algorithm byte of Ed25519. */
const ed25519 = 1

export interface NoteVerifier {
  /** Also the log's origin, the first line of every checkpoint. Without spaces and plus signs. */
  readonly name: string
  /** Ed25519, 32 bytes. */
  readonly publicKey: Hex
}

export interface NoteKey extends NoteVerifier {
  readonly privateKey: KeyObject
}

/** RFC 8410: the fixed head of a PKCS #8 Ed25519 key, before its 32 bytes. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')

/** @throws RangeError when the name cannot stand in a note. */
export function noteKey(name: string, seed: Secret): NoteKey {
  if (!/^[^\s+]+$/u.test(name)) throw new RangeError(`expected a name without spaces and plus signs, got ${name}`)
  const privateKey = seed.use((bytes) => {
    const der = Buffer.concat([pkcs8Head, bytes])
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    der.fill(0)
    return key
  })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { name, privateKey, publicKey: toHex(Buffer.from(x, 'base64url')) }
}

/** signed-note: `<name>+<key id>+<base64 of algorithm and key>`, what an auditor is given. */
export function verifierText({ name, publicKey }: NoteVerifier): string {
  const id = Buffer.from(keyId({ name, publicKey })).toString('hex')
  return `${name}+${id}+${Buffer.from(keyBytes(publicKey)).toString('base64')}`
}

/** @throws RangeError for a text that is no verifier key, or whose key id is another key's. */
export function parseVerifier(text: string): NoteVerifier {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (name === undefined || bytes.length !== 33 || bytes[0] !== ed25519)
    throw new RangeError('not an Ed25519 verifier key')
  const verifier = { name, publicKey: toHex(bytes.subarray(1)) }
  if (Buffer.from(keyId(verifier)).toString('hex') !== id) throw new RangeError("the key id is another key's")
  return verifier
}

function keyBytes(publicKey: Hex): Uint8Array {
  return concat(Uint8Array.of(ed25519), fromHex(publicKey))
}

function keyId({ name, publicKey }: NoteVerifier): Uint8Array {
  return sha256(utf8(`${name}\n`), keyBytes(publicKey)).subarray(0, 4)
}

type Tree = Pick<Checkpoint, 'size' | 'root'>

/** tlog-checkpoint: origin, size in decimal and root in base64, a line each. */
export function checkpointText(origin: string, { size, root }: Tree): string {
  return `${origin}\n${size}\n${Buffer.from(fromHex(root)).toString('base64')}\n`
}

/** The checkpoint as a signed note. */
export function signNote(tree: Tree, key: NoteKey): string {
  const text = checkpointText(key.name, tree)
  const signature = concat(keyId(key), sign(null, utf8(text), key.privateKey))
  return `${text}\n\u2014 ${key.name} ${Buffer.from(signature).toString('base64')}\n`
}

const noteForm =
  /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)\n((?:\u2014 [^\s+]+ [A-Za-z0-9+/]+=*\n)+)$/u

export interface ParsedNote extends Tree {
  readonly origin: string
  /** What the signatures are over. */
  readonly text: string
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** @returns undefined for anything but a signed checkpoint in its one form. */
export function parseNote(note: string): ParsedNote | undefined {
  const [, origin, digits, base64 = '', , lines] = noteForm.exec(note) ?? []
  if (origin === undefined || lines === undefined) return undefined
  const signatures = lines
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, name = '', signature = '']) => ({ name, bytes: Uint8Array.from(Buffer.from(signature, 'base64')) }))
  const root = toHex(Buffer.from(base64, 'base64'))
  return { origin, size: Number(digits), root, text: note.slice(0, note.indexOf('\n\n') + 1), signatures }
}

/** The tree a note speaks of, if this verifier's key signed it. Signatures by other keys are passed over. */
export function verifyNote(note: string, verifier: NoteVerifier): Tree | undefined {
  const parsed = parseNote(note)
  if (parsed === undefined || parsed.origin !== verifier.name) return undefined
  const ours = parsed.signatures.filter(
    ({ name, bytes }) => name === verifier.name && equal(bytes.subarray(0, 4), keyId(verifier)),
  )
  const publicKey = ed25519PublicKey(verifier.publicKey)
  const genuine = ours.some(({ bytes }) => verify(null, utf8(parsed.text), publicKey, bytes.subarray(4)))
  return genuine ? { size: parsed.size, root: parsed.root } : undefined
}
