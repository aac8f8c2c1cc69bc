/** Clients named by certificate or address, from what an operator types. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identityOf } from '../../src/cli/client-identity.ts'
import type { Given, Terminal } from '../../src/cli/command.ts'
import { assumedAcknowledgement } from '../../src/core/access.ts'
import { certificateMaker } from '../http/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'chancery-identity-'))
const make = certificateMaker()
const made = make.selfSigned('lighthouse')
writeFileSync(join(folder, 'client.pem'), made.certificate)
writeFileSync(join(folder, 'note.txt'), 'no certificate')
afterAll(() => {
  make.end()
  rmSync(folder, { recursive: true })
})

type Flags = Readonly<Record<string, string | readonly string[]>>

function identity(flags: Flags) {
  const texts = (name: string) => [flags[name] ?? []].flat()
  const given: Given = { words: [], texts, text: (name) => texts(name)[0], has: (name) => name in flags }
  const nobody = () => Promise.reject(new Error('nobody is asked'))
  const quiet = { out: () => {}, note: () => {}, ask: nobody, askHidden: nobody, stdin: nobody }
  const terminal: Terminal = { ...quiet, env: {}, cwd: folder, interactive: false }
  return identityOf(given, terminal)
}

const colons = (made.fingerprint.match(/../g) ?? []).join(':').toUpperCase()

test.each(['client.pem', made.fingerprint, colons])('--certificate %s', async (certificate) => {
  expect(await identity({ certificate })).toEqual({ identity: { certificates: [made.fingerprint] } })
})

test('all of it together', async () => {
  const flags = {
    certificate: ['client.pem'],
    'certificate-name': ['teku', 'prysm'],
    'assumed-from': '10.0.0.0/8',
    acknowledge: assumedAcknowledgement,
  }
  const certificateNames = ['teku', 'prysm']
  const expected = { certificates: [made.fingerprint], certificateNames, assumedFrom: ['10.0.0.0/8'] }
  expect(await identity(flags)).toEqual({ identity: expected, acknowledge: assumedAcknowledgement })
  expect(await identity({})).toEqual({})
})

test.each<readonly [string, Flags]>([
  ['there is no such file', { certificate: 'absent.pem' }],
  ['holds no certificate', { certificate: 'note.txt' }],
  ['holds no certificate', { certificate: `${folder}/note.txt` }],
  [`Write --acknowledge "${assumedAcknowledgement}"`, { 'assumed-from': '10.0.0.0/8' }],
  [`Write --acknowledge "${assumedAcknowledgement}"`, { 'assumed-from': '10.0.0.0/8', acknowledge: 'yes' }],
  ['goes with --assumed-from', { acknowledge: assumedAcknowledgement }],
])('%s', async (words, flags) => {
  await expect(identity(flags)).rejects.toThrow(words)
})
