import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runToEnd } from './service-process.ts'

const network = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
const amounts = 'perGroup: "1", perSenderDay: "1", perDay: "1", minimumBalance: "1"'

test.each([
  ['simulates without a node', '', /simulates: give algorand:\S+ an rpc/],
  [
    'names a method nobody can read',
    ', simulate: false, applications: [{ id: "7", methods: ["go("] }]',
    /go\( is no method/,
  ],
])('a sponsor that %s ends the start with a sentence', async (_, more, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-sponsor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const sponsor = `{ key: pays, network: "${network}", ${amounts}${more} }`
  writeFileSync(join(folder, 'chancery.yaml'), `networks: [{ id: "${network}" }]\nsponsors: [${sponsor}]\n`)
  const { status, out, err } = await runToEnd(folder, 'serve', '--port', '0')
  expect([status === 0, typeof status, out + err]).toEqual([false, 'number', expect.stringMatching(words)])
})
