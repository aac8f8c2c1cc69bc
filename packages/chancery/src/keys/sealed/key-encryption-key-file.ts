/**
 * `key-encryption-key.json` in the data directory: how to find the key-encryption key again, and a check that it is the
 * same one. It holds a salt or a ciphertext, and nothing that opens anything by itself; a backup needs it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLowerHex, toHex, utf8 } from '../../base/bytes.ts'
import type { Deadline } from '../../base/deadline.ts'
import { canonical, isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { parseJson } from '../../base/strict-json.ts'
import type { Secret } from '../../base/secret.ts'
import { Failed, type Particulars } from '../../core/errors.ts'
import { deriveSubkeys } from './key-encryption-key.ts'
import type { KeySource } from './key-sources.ts'
import { writeNewFile } from './secret-file.ts'

export const keyEncryptionKeyFile = 'key-encryption-key.json'

export interface OpenedKey {
  readonly key: Secret
  /** Whether it was made just now. A store that holds anything was made with another key. */
  readonly made: boolean
}

/**
 * Opens the data directory's key-encryption key, or makes it when the directory has none.
 * @throws Failed `not-configured` when the source is of another kind than the one used before, or yields another key.
 */
export async function openKeyEncryptionKey(
  dataDirectory: string,
  source: KeySource,
  deadline: Deadline,
): Promise<OpenedKey> {
  const path = join(dataDirectory, keyEncryptionKeyFile)
  const kept = read(path)
  if (kept === undefined) return { key: await make(path, source, deadline), made: true }
  if (kept['source'] !== source.kind) {
    const wanted = typeof kept['source'] === 'string' ? kept['source'] : 'one that this version knows'
    throw new Failed('not-configured', "The data directory's key-encryption key is from another source", {
      particulars: differs(source.kind, wanted),
    })
  }
  const key = await source.open(objectIn(kept, 'kept'), deadline)
  if (kept['check'] === checkOf(key)) return { key, made: false }
  key.wipe()
  throw new Failed('not-configured', `The ${source.kind} does not give the key-encryption key of this data directory`, {
    particulars: { hint: 'Give the one it was first started with' },
  })
}

function differs(got: string, wanted: string): Particulars {
  const hint = hints[wanted]
  return { got, wanted, ...(hint && { hint }) }
}

const hints: Readonly<Record<string, string>> = {
  file: 'Name the key file with keyFile (--key-file)',
  passphrase: 'Give the passphrase with passphraseFile (--passphrase-file), or be asked for it with passphrasePrompt',
  wrapped: 'Name the key in AWS KMS with aws.keyEncryptionKey',
}

async function make(path: string, source: KeySource, deadline: Deadline): Promise<Secret> {
  const kept = await source.prepare(deadline)
  const key = await source.open(kept, deadline)
  writeNewFile(path, utf8(`${canonical({ version: 1, source: source.kind, kept, check: checkOf(key) })}\n`))
  return key
}

/** A subkey of its own, used for nothing else: it tells nobody anything about the others. */
function checkOf(key: Secret): string {
  const { check } = deriveSubkeys(key, 'check')
  const hex = check.use(toHex)
  check.wipe()
  return hex
}

function read(path: string): JsonObject | undefined {
  const text = readIfAny(path)
  if (text === undefined) return undefined
  const kept = parse(text)
  if (!isJsonObject(kept) || kept['version'] !== 1 || !isLowerHex(kept['check'], 32)) throw damaged(path)
  return kept
}

function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw damaged(path)
  }
}

function parse(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

function objectIn(kept: JsonObject, name: string): JsonObject {
  const value = kept[name]
  if (!isJsonObject(value)) throw damaged(name)
  return value
}

function damaged(what: string): Failed {
  return new Failed('not-configured', `${what} is damaged: restore it from a backup`)
}
