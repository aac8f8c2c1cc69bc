/**
 * A signer process: reads, signs, writes, blocking, without an event loop. Started by a lane; everything it
 * loads is listed by a test (safety rule 12).
 */
import { readSync, writeSync } from 'node:fs'
import { concat } from '../../base/bytes.ts'
import { createFrameReader, encodeFrame } from '../../signers/frame.ts'
import { machineTime } from '../../signers/clearance.ts'
import { createSigner } from './signer.ts'

const input = 0
const output = 1

// Signals that end a service reach its children too; these end when their input does, after the last answer.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

const signer = createSigner(machineTime)
const reader = createFrameReader()
const buffer = new Uint8Array(64 * 1024)

for (let size = read(); size > 0; size = read()) {
  const questions = reader.push(buffer.subarray(0, size))
  buffer.fill(0, 0, size)
  write(concat(...questions.map((question) => encodeFrame(signer.answer(question)))))
}
signer.close()
process.exit(0)

function read(): number {
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
