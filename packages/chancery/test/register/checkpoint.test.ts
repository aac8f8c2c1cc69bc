import { describe, expect, test } from 'vitest'
import { fromHex, toHex, type Hex } from '../../src/base/bytes.ts'
import { Secret } from '../../src/base/secret.ts'
import {
  checkpointText,
  noteKey,
  parseNote,
  parseVerifier,
  signNote,
  verifierText,
  verifyNote,
} from '../../src/register/checkpoint.ts'

const seed = (): Secret => new Secret(new Uint8Array(32).fill(7))
const key = noteKey('chancery.example/register', seed())
const root: Hex = `0x${'5d'.repeat(32)}`
const note = signNote({ size: 8, root }, key)

describe('signed checkpoints', () => {
  // The example of https://pkg.go.dev/golang.org/x/mod/sumdb/note: PeterNeumann's key and note.
  const published = {
    verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  }

  test('a published verifier key reads and writes the same', () => {
    const verifier = parseVerifier(published.verifier)
    expect(verifier.name).toBe('PeterNeumann')
    expect(verifierText(verifier)).toBe(published.verifier)
  })

  test('a verifier key with another key id is refused', () => {
    expect(() => parseVerifier(published.verifier.replace('c74f20a3', 'c74f20a4'))).toThrow(RangeError)
    expect(() => parseVerifier('no key')).toThrow(RangeError)
  })

  test('the text is origin, size and root, a line each', () => {
    expect(checkpointText('o', { size: 8, root })).toBe(`o\n8\n${Buffer.from(fromHex(root)).toString('base64')}\n`)
    expect(note).toMatch(/^chancery\.example\/register\n8\n[^\n]+\n\n\u2014 chancery\.example\/register [^\n]+\n$/u)
  })

  test('what was signed verifies, and reads as what was signed', () => {
    expect(verifyNote(note, key)).toEqual({ size: 8, root })
    expect(verifyNote(note, parseVerifier(verifierText(key)))).toEqual({ size: 8, root })
  })

  test('a second signature by another name changes nothing', () => {
    const cosigned = `${note}\u2014 witness.example ${Buffer.alloc(68).toString('base64')}\n`
    expect(verifyNote(cosigned, key)).toEqual({ size: 8, root })
  })

  test.each<[string, string]>([
    ['another size', note.replace('\n8\n', '\n9\n')],
    ['another origin', note.replace('chancery', 'chancerx')],
    ['a size with a leading zero', note.replace('\n8\n', '\n08\n')],
    ['no signature', note.split('\n\n')[0] ?? ''],
    ['no final line feed', note.trimEnd()],
    ['nothing', ''],
  ])('%s does not verify', (_what, text) => {
    expect(verifyNote(text, key)).toBeUndefined()
  })

  test('another key does not verify it', () => {
    expect(verifyNote(note, noteKey(key.name, new Secret(new Uint8Array(32).fill(8))))).toBeUndefined()
  })

  test('every single changed byte of the text is noticed', () => {
    const bytes = Buffer.from(parseNote(note)?.text ?? '')
    for (let i = 0; i < bytes.length; i++) {
      const edited = Buffer.from(note)
      edited[i] = (edited[i] ?? 0) ^ 1
      expect(verifyNote(edited.toString('utf8'), key)).toBeUndefined()
    }
  })

  test('the key is RFC 8032, made from its seed', () => {
    // RFC 8032, 7.1, test 1.
    const rfc = fromHex('0x9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
    expect(noteKey('a', new Secret(rfc)).publicKey).toBe(
      toHex(fromHex('0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')),
    )
    expect(() => noteKey('a name', seed())).toThrow(RangeError)
  })
})
