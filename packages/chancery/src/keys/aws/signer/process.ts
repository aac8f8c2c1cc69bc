/**
 * The AWS signer process: like a sealed one, but with an event loop, because it waits for AWS. Everything it loads is
 * listed by a test, the AWS SDK besides (safety rule 12).
 */
import type { BackendCall } from '../../../core/backend.ts'
import { createFrameReader, encodeFrame, type Frame, kinds } from '../../../signers/frame.ts'
import { encodeJson } from './questions.ts'
import { createAwsSigner } from './signer.ts'

// Signals that end a service reach its children too; these end when their input does.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
// Nobody is left to answer.
process.stdout.on('error', () => process.exit(0))

const write = (frame: Frame): void => void process.stdout.write(encodeFrame(frame))
const observe = (call: BackendCall): void => write({ id: 0, kind: kinds.notice, fields: [encodeJson({ ...call })] })

const signer = createAwsSigner(observe)
const reader = createFrameReader()

process.stdin.on('data', (chunk: Buffer) => {
  const asked = reader.push(chunk)
  chunk.fill(0)
  for (const question of asked) void signer.answer(question).then(write)
})
process.stdin.on('end', () => {
  signer.close()
  process.exit(0)
})
process.stdin.on('error', () => process.exit(0))
