/** What a backup holds, listed and sealed: a file that was changed, swapped or left out is noticed at restore. */
import { createHash, createHmac } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equal, fromHex, isLowerHex, toHex, utf8, type Hex } from '../base/bytes.ts'
import { canonical, type JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import { parseJson } from '../base/strict-json.ts'
import { Refused } from '../core/errors.ts'

export const manifestFile = 'manifest.json'

export interface Manifest {
  readonly format: 1
  readonly installation: string
  readonly createdAt: string
  readonly version: string
  readonly files: Readonly<Record<string, Hex>>
}

/** SHA-256 of a file of any size. */
export async function hashFile(path: string): Promise<Hex> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return toHex(hash.digest())
}

/** The manifest with an HMAC under the state key: only the holder of the key-encryption key can write one. */
export function sealManifest(manifest: Manifest, stateKey: Secret): string {
  const { files, ...rest } = manifest
  const body = { ...rest, files: { ...files } }
  return `${canonical({ ...body, mac: macOf(body, stateKey) })}\n`
}

/** @throws Refused `invalid-request` when it is no manifest, was not written with this key, or a file is not as listed */
export async function verifyManifest(folder: string, stateKey: Secret): Promise<Manifest> {
  const text = await readFile(join(folder, manifestFile)).catch(() => undefined)
  if (text === undefined) throw refused('There is no backup in this folder', { got: `no ${manifestFile}` })
  const value = parseJson(text)
  if (!isManifest(value)) throw refused('The manifest is not one this version reads', {})
  const { mac, ...body } = value
  if (!isLowerHex(mac, 32) || !equal(fromHex(mac), fromHex(macOf(body, stateKey)))) {
    throw refused('The manifest was not written with this key-encryption key', {
      wanted: 'the key file of the backed-up service',
    })
  }
  for (const [name, hash] of Object.entries(body.files)) await verifyFile(folder, name, hash)
  return body
}

async function verifyFile(folder: string, name: string, wanted: Hex): Promise<void> {
  const got = await hashFile(join(folder, name)).catch(() => 'no such file')
  if (got !== wanted) throw refused(`${name} is not the file that was backed up`, { where: name, got, wanted })
}

function macOf(body: JsonObject, stateKey: Secret): Hex {
  return stateKey.use((key) =>
    toHex(
      createHmac('sha256', key)
        .update(utf8(`chancery backup ${canonical(body)}`))
        .digest(),
    ),
  )
}

function isManifest(value: unknown): value is Manifest & JsonObject & { readonly mac: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === 1 &&
    'files' in value &&
    'mac' in value
  )
}

function refused(detail: string, particulars: ConstructorParameters<typeof Refused>[2]): Refused {
  return new Refused('invalid-request', detail, particulars)
}
