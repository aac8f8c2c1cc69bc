/** A program for `child.test.ts`: says of each path it is asked for whether a signer process may read it. */
import { readFileSync } from 'node:fs'
import { utf8 } from '../../src/base/bytes.ts'
import { createFrameReader, encodeFrame, kinds } from '../../src/signers/frame.ts'

const reader = createFrameReader()

process.stdin.on('data', (chunk: Buffer) => {
  for (const { id, fields } of reader.push(chunk)) {
    const said = fields.map((path) => utf8(attempt(Buffer.from(path).toString())))
    process.stdout.write(encodeFrame({ id, kind: kinds.done, fields: said }))
  }
})

function attempt(path: string): string {
  try {
    readFileSync(path)
    return 'read'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}
