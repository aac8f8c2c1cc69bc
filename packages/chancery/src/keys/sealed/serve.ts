/** The loop of a signer process: reads, signs, writes, blocking, without an event loop. Ends when its input does. */
import { readSync, writeSync } from 'node:fs'
import { concat } from '../../base/bytes.ts'
import { createFrameReader, encodeFrame } from '../../signers/frame.ts'
import type { Signer } from './signer.ts'

/** Answers written at once: half of what a lane has in hand, so that the next come while these are on their way. */
const chunk = 8
const input = 0
const output = 1

export function serve(signer: Signer): never {
  // Signals that end a service reach its children too; these end when their input does, after the last answer.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const reader = createFrameReader()
  const buffer = new Uint8Array(64 * 1024)
  for (let size = read(buffer); size > 0; size = read(buffer)) {
    const questions = reader.push(buffer.subarray(0, size))
    buffer.fill(0, 0, size)
    for (let at = 0; at < questions.length; at += chunk) {
      write(concat(...signer.answerAll(questions.slice(at, at + chunk)).map(encodeFrame)))
    }
  }
  signer.close()
  process.exit(0)
}

function read(buffer: Uint8Array): number {
  for (;;) {
    try {
      return readSync(input, buffer)
    } catch (error) {
      if (!interrupted(error)) return 0
    }
  }
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(output, bytes, at)
    } catch (error) {
      // Nobody is left to answer.
      if (!interrupted(error)) process.exit(0)
    }
  }
}

function interrupted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINTR'
}
