/** Words, seeds and private keys, and the search for them in everything that was made. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mnemonicFromSeed, mnemonicToSecretKey, seedFromMnemonic } from 'algosdk'

export interface Secret {
  readonly name: string
  readonly words: string
  readonly seed: Uint8Array
  readonly address: string
}

/** Of nobody: whoever reads this has them. The same in every tour. */
export const knownWords: string = mnemonicFromSeed(createHash('sha256').update('chancery tour').digest())

export function secretOf(name: string, words: string): Secret {
  return { name, words, seed: seedFromMnemonic(words), address: mnemonicToSecretKey(words).addr.toString() }
}

/** The forms that one text is searched in. */
interface Text {
  /** Each byte a character. */
  readonly plain: string
  readonly lower: string
  /** Letters only, and one space for whatever stands between them. */
  readonly words: string
  /** Digits only, the same way. */
  readonly numbers: string
}

const textOf = (plain: string): Text => ({
  plain,
  lower: plain.toLowerCase(),
  words: ` ${plain.toLowerCase().replaceAll(/[^a-z]+/g, ' ')} `,
  numbers: ` ${plain.replaceAll(/\D+/g, ' ')} `,
})

interface Needle {
  readonly encoding: string
  readonly form: keyof Text
  readonly text: string
}

/**
 * The five encodings: as text (any four words in a row, and the bytes themselves), hex, base64 and base64url (of the bytes,
 * and of the words), and numbers (of the words in their list, and of the bytes). A part of a secret is a secret told, so
 * parts are looked for. The second half of a 64-byte private key is the public key: the first half, the seed, is what counts.
 */
function needlesOf({ words, seed }: Secret): readonly Needle[] {
  const pieces = [...inPieces(seed, 16), ...inPieces(Buffer.from(words), 24)]
  const list = words.split(' ')
  const numbers = [...inRuns(numbersOf(seed), 6), ...inRuns([...seed], 8)]
  return [
    ...inRuns(list, 4).map((text) => ({ encoding: 'text', form: 'words', text }) as const),
    ...inPieces(seed, 16).map(
      (bytes) => ({ encoding: 'text', form: 'plain', text: bytes.toString('latin1') }) as const,
    ),
    ...pieces.map((bytes) => ({ encoding: 'hex', form: 'lower', text: bytes.toString('hex') }) as const),
    ...(['base64', 'base64url'] as const).flatMap((encoding) =>
      pieces.flatMap((bytes) =>
        aligned(bytes).map((part) => ({ encoding, form: 'plain', text: part.toString(encoding) }) as const),
      ),
    ),
    ...numbers.map((text) => ({ encoding: 'numbers', form: 'numbers', text }) as const),
  ]
}

function inPieces(bytes: Uint8Array, size: number): readonly Buffer[] {
  const count = Math.floor(bytes.length / size)
  return Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray(i * size, (i + 1) * size)))
}

function inRuns(items: readonly (string | number)[], size: number): readonly string[] {
  const runs = items.slice(0, items.length - size + 1).map((_, i) => items.slice(i, i + size))
  return runs.map((run) => ` ${run.join(' ')} `)
}

/** Inside something longer the same bytes have three texts: their ends depend on the neighbours and are left out. */
function aligned(bytes: Buffer): readonly Buffer[] {
  return [0, 1, 2].map((skip) => bytes.subarray(skip, skip + Math.floor((bytes.length - skip) / 3) * 3))
}

/** 11 bits a word, the lowest first; without the last word, which is a checksum. */
function numbersOf(seed: Uint8Array): readonly number[] {
  const bits = seed.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return Array.from({ length: 24 }, (_, i) => Number((bits >> BigInt(11 * i)) & 2_047n))
}

/** @returns `where: whose, how it is written`, each once */
export function search(secrets: readonly Secret[], all: Iterable<readonly [string, string]>): readonly string[] {
  const wanted = secrets.map((secret) => [secret.name, needlesOf(secret)] as const)
  const found = [...all].flatMap(([where, plain]) => {
    const text = textOf(plain)
    return wanted.flatMap(([name, needles]) =>
      needles
        .filter((needle) => text[needle.form].includes(needle.text))
        .map(({ encoding }) => `${where}: ${name} as ${encoding}`),
    )
  })
  return [...new Set(found)]
}

/** Every file below the folder, each byte a character. */
export async function filesBelow(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'latin1')] as const),
  )
}

/** Each secret, in each of the encodings, as somebody might leave it about. */
const carelessly: Readonly<Record<string, (secret: Secret) => string | Uint8Array>> = {
  text: ({ words }) => JSON.stringify(words.split(' ')),
  'text, the bytes': ({ seed }) => Buffer.concat([Buffer.from('key:'), seed]),
  hex: ({ seed }) => `0x${Buffer.from(seed).toString('hex').toUpperCase()}`,
  base64: ({ seed }) => Buffer.concat([Buffer.from('a'), seed]).toString('base64'),
  base64url: ({ words }) => Buffer.from(`{"words":"${words}"}`).toString('base64url'),
  numbers: ({ seed }) => JSON.stringify([...seed]),
  'numbers, of the words': ({ seed }) => numbersOf(seed).join(', '),
}

/** Leaves them about, has `look` look, and takes them away again. @returns what was not found */
export async function plant(
  folder: string,
  secrets: readonly Secret[],
  look: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const planted = secrets.flatMap((secret, i) =>
    Object.entries(carelessly).map(([how, write], j) => ({
      how,
      secret,
      file: `planted-${i}-${j}`,
      data: write(secret),
    })),
  )
  await Promise.all(planted.map(({ file, data }) => writeFile(join(folder, file), data)))
  const found = await look()
  await Promise.all(planted.map(({ file }) => rm(join(folder, file))))
  return planted
    .filter(({ file, secret, how }) => !found.includes(`${file}: ${secret.name} as ${how.split(',')[0]}`))
    .map(({ secret, how }) => `${secret.name} as ${how}`)
}
