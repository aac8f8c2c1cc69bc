/** Interchange files of any size, piece by piece: neither this process nor the service holds the whole. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { InterchangeResult } from '@chancery/client'
import { hexAsTyped } from '../base/bytes.ts'
import { jsonElements } from '../base/json-elements.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { JsonRefusal, parseJson } from '../base/strict-json.ts'
import { UsageError, type Terminal } from './command.ts'
import { unreadable } from './reading.ts'

/** Characters of JSON in one part, and duties of one validator in it: one transaction, and some 10 ms of the event loop. */
const partSize = 384 * 1024
const mostDuties = 3_000

export interface InterchangeFile {
  readonly sha256: `0x${string}`
  readonly validators: number
  readonly bytes: number
  /** What stands around the validators. */
  readonly around: JsonObject
}

/** Reads it through once: whatever is no JSON anywhere is found before anything is sent. @throws UsageError */
export async function examineFile(path: string, terminal: Terminal): Promise<InterchangeFile> {
  const hash = createHash('sha256')
  let [validators, bytes, around]: [number, number, Json] = [0, 0, null]
  const seen = (chunk: Buffer) => {
    hash.update(chunk)
    bytes += chunk.length
  }
  for await (const { kind, value } of pieces(path, terminal, seen)) {
    if (kind === 'element') validators += 1
    else around = value
  }
  if (!isJsonObject(around)) throw new UsageError(`${path} is no EIP-3076 interchange: it is no JSON object`)
  return { sha256: `0x${hash.digest('hex')}`, validators, bytes, around }
}

export interface Part {
  readonly interchange: JsonObject
  /** Validators begun so far, for whoever watches. */
  readonly begun: number
}

/** Parts that are interchanges by themselves. Of validators that were not asked for, nothing. */
export async function* partsOf(
  path: string,
  { around }: InterchangeFile,
  wanted: ReadonlySet<string> | undefined,
  terminal: Terminal,
): AsyncGenerator<Part> {
  let [data, size, begun]: [Json[], number, number] = [[], 0, 0]
  for await (const { kind, value, length } of pieces(path, terminal, () => {})) {
    if (kind !== 'element') continue
    begun += 1
    if (wanted !== undefined && !wanted.has(nameOf(value))) continue
    for (const piece of divided(value)) {
      data.push(piece)
      size += Math.min(length, partSize)
      if (size < partSize) continue
      yield { interchange: { ...around, data }, begun }
      ;[data, size] = [[], 0]
    }
  }
  if (data.length > 0) yield { interchange: { ...around, data }, begun }
}

interface Piece {
  readonly kind: 'element' | 'rest'
  readonly value: Json
  readonly length: number
}

async function* pieces(path: string, terminal: Terminal, seen: (chunk: Buffer) => void): AsyncGenerator<Piece> {
  try {
    for await (const { kind, text } of jsonElements(texts(resolve(terminal.cwd, path), seen), 'data')) {
      yield { kind, value: parseJson(text), length: text.length }
    }
  } catch (error) {
    throw explained(path, error)
  }
}

async function* texts(path: string, seen: (chunk: Buffer) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1 << 18 })
  for await (const chunk of chunks) {
    seen(chunk)
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

function explained(path: string, error: unknown): unknown {
  if (error instanceof JsonRefusal) return new UsageError(`${path} cannot be imported: ${error.message}`)
  if (error instanceof TypeError) return new UsageError(`${path} cannot be imported: it is not UTF-8 text`)
  return error instanceof Error && 'syscall' in error ? unreadable(path, error) : error
}

/** A validator with a long history in several: importing them one after the other comes to the same. */
function divided(validator: Json): readonly Json[] {
  if (!isJsonObject(validator)) return [validator]
  const { signed_blocks: blocks, signed_attestations: attestations } = validator
  if (!isList(blocks) || !isList(attestations) || blocks.length + attestations.length <= mostDuties) return [validator]
  const of = (signed_blocks: readonly Json[], signed_attestations: readonly Json[]) => ({
    ...validator,
    signed_blocks,
    signed_attestations,
  })
  return [...chunks(blocks).map((some) => of(some, [])), ...chunks(attestations).map((some) => of([], some))]
}

const isList: (value: Json | undefined) => value is readonly Json[] = Array.isArray

function chunks(items: readonly Json[]): readonly (readonly Json[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / mostDuties) }, (_, n) => n * mostDuties)
  return starts.map((start) => items.slice(start, start + mostDuties))
}

function nameOf(validator: Json): string {
  const pubkey = isJsonObject(validator) ? validator['pubkey'] : undefined
  return typeof pubkey === 'string' ? plainName(pubkey) : ''
}

/** In its one form; what is no public key stays as it is. */
export function plainName(publicKey: string): string {
  return hexAsTyped(publicKey, 48) ?? publicKey
}

/** One line a validator, whatever number of parts it came in. */
export function mergeResults(results: Map<string, InterchangeResult>, more: readonly InterchangeResult[]): void {
  for (const one of more) {
    const earlier = results.get(one.publicKey)
    if (earlier === undefined) results.set(one.publicKey, one)
    else {
      const { message, status } = earlier.status === 'error' ? earlier : one
      results.set(one.publicKey, {
        publicKey: one.publicKey,
        status,
        ...(message !== undefined && { message }),
        blocks: earlier.blocks + one.blocks,
        attestations: earlier.attestations + one.attestations,
      })
    }
  }
}
