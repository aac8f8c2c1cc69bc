/** The search for secrets in what comes out of a service: whole or half, in five encodings. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../../src/base/bytes.ts'

/** Bytes that nobody may see again, by what they are called in findings. */
export type Canaries = ReadonlyMap<string, Uint8Array>

/** The random part: client and secret ids are no secret. */
export function secretPart(apiKey: string): Uint8Array {
  return Buffer.from(apiKey.split('_').slice(3, -1).join('_'))
}

/** Half a secret is a secret told: either half is looked for. */
const halves = (bytes: Uint8Array): readonly Uint8Array[] => {
  const middle = Math.floor(bytes.length / 2)
  return [bytes.slice(0, middle), bytes.slice(middle)]
}

export const encodings: Readonly<Record<string, (bytes: Uint8Array) => readonly string[]>> = {
  utf8: (bytes) => [Buffer.from(bytes).toString('latin1')],
  hex: (bytes) => [toHex(bytes).slice(2)],
  base64: (bytes) => alignments(bytes, 'base64'),
  base64url: (bytes) => alignments(bytes, 'base64url'),
  decimal: (bytes) => [BigInt(toHex(bytes)).toString()],
}

/** Inside something longer, the same bytes have three texts: their ends depend on the neighbours and are left out. */
function alignments(bytes: Uint8Array, encoding: 'base64' | 'base64url'): readonly string[] {
  return [0, 1, 2].map((skip) => {
    const whole = bytes.slice(skip, skip + Math.floor((bytes.length - skip) / 3) * 3)
    return Buffer.from(whole).toString(encoding)
  })
}

/** `where: canary as encoding` for all that is found. Case counts for nothing but base64. */
export function findingsOf(canaries: Canaries, where: string, text: string): readonly string[] {
  const lower = text.toLowerCase()
  return [...canaries].flatMap(([name, bytes]) =>
    Object.entries(encodings)
      .filter(([encoding, encode]) =>
        [bytes, ...halves(bytes)]
          .flatMap(encode)
          .some((needle) => (encoding === 'hex' ? lower : text).includes(needle)),
      )
      .map(([encoding]) => `${where}: ${name} as ${encoding}`),
  )
}

/** Every file under a folder: its path, and its bytes as latin1. */
export async function filesIn(folder: string): Promise<readonly (readonly [string, string])[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (path) => [path, (await readFile(path)).toString('latin1')] as const))
}
