/** `chancery validators …`: keys of validators, through the running service. */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Client } from '@chancery/client'
import { chunksOf } from '../base/chunks.ts'
import { counted } from '../base/counted.ts'
import { keystoreFile } from '../core/keystore.ts'
import { UsageError, type Command, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { printRows } from './output.ts'
import { readSecretText, readText, unreadable } from './reading.ts'

/** Keystores in one request: with a second of a core each, about a minute. */
const together = 100
/** More of them than this take seconds: it is said that they do. */
const few = 5

interface Keystore {
  readonly name: string
  readonly password: () => Promise<string>
}

interface Imported {
  readonly file: string
  readonly status: string
  readonly message?: string
}

const importKeystores: Command = {
  name: 'validators import',
  about: 'Take over EIP-2335 keystores, once; those the service finds at its start are named by keystores.path',
  takes: [],
  flags: {
    'keystores-path': { type: 'string', value: '<folder>', about: 'The keystores: every *.json in it' },
    'keystores-passwords-path': {
      type: 'string',
      value: '<folder>',
      about: 'Their passwords: <name>.txt for <name>.json, mode 0600',
    },
    'keystores-password-file': {
      type: 'string',
      value: '<file>',
      about: 'One password for all; asked for where neither',
    },
    'slashing-protection': {
      type: 'string',
      value: '<file>',
      about: 'What these keys signed elsewhere (EIP-3076); without it they begin with the next epoch',
    },
  },
  examples: [
    'chancery validators import --keystores-path ./validator_keys --keystores-passwords-path ./passwords',
    'chancery validators import --keystores-path ./validator_keys --slashing-protection ./interchange.json --json',
  ],
  run: async (given, terminal) => {
    const folder = given.text('keystores-path')
    if (folder === undefined) throw new UsageError('Name the folder of the keystores with --keystores-path')
    const keystores = await keystoresIn(folder, given, terminal)
    const done = await importAll(connect(given, terminal), folder, keystores, given, terminal)
    printRows(given, terminal, done, done.map(row), `There is no *.json in ${folder}`)
    return done.some(({ status }) => status === 'error') ? 1 : 0
  },
}

const row = ({ file, status, message }: Imported) => ({ file, status, message })

async function keystoresIn(folder: string, given: Given, terminal: Terminal): Promise<readonly Keystore[]> {
  const names = await readdir(resolve(terminal.cwd, folder)).catch((error: unknown) => {
    throw unreadable(folder, error)
  })
  const found = names.filter((name) => keystoreFile.test(name) && !name.startsWith('.')).toSorted()
  const [passwords, shared] = [given.text('keystores-passwords-path'), given.text('keystores-password-file')]
  if (passwords !== undefined && shared !== undefined) {
    throw new UsageError('Give --keystores-passwords-path or --keystores-password-file, not both')
  }
  if (passwords !== undefined)
    return found.map((name) => ({ name, password: () => ownPassword(passwords, name, terminal) }))
  const asked = () => terminal.askHidden('Password of the keystores: ')
  const password = found.length === 0 ? '' : await (shared === undefined ? asked() : readSecretText(shared, terminal))
  return found.map((name) => ({ name, password: async () => password }))
}

function ownPassword(folder: string, name: string, terminal: Terminal): Promise<string> {
  return readSecretText(join(folder, `${name.replace(/\.json$/i, '')}.txt`), terminal)
}

async function importAll(
  client: Client,
  folder: string,
  keystores: readonly Keystore[],
  given: Given,
  terminal: Terminal,
): Promise<readonly Imported[]> {
  const file = given.text('slashing-protection')
  const history = file === undefined ? {} : { slashing_protection: await readText(file, terminal) }
  const done: Imported[] = []
  if (keystores.length > few) terminal.note(`Opening ${counted(keystores.length, 'keystore')}: up to a second each`)
  for (const batch of chunksOf(keystores, together)) {
    const [texts, passwords] = await Promise.all([
      Promise.all(batch.map(({ name }) => readText(join(folder, name), terminal))),
      Promise.all(batch.map(({ password }) => password())),
    ])
    const answers = await client.validators.import({ keystores: texts, passwords, ...history })
    done.push(...batch.map(({ name }, index) => ({ file: name, ...(answers[index] ?? unanswered) })))
    if (keystores.length > together) terminal.note(`${done.length} of ${counted(keystores.length, 'keystore')}`)
  }
  return done
}

const unanswered = { status: 'error', message: 'The service said nothing of it' }

const list: Command = {
  name: 'validators list',
  about: 'List validator keys that can sign now',
  takes: [],
  flags: {},
  examples: ['chancery validators list', 'chancery validators list --json'],
  run: async (given, terminal) => {
    const keys = await connect(given, terminal).validators.list()
    const rows = keys.map(({ validating_pubkey, derivation_path, unprotected = false }) => ({
      'public key': validating_pubkey,
      derivation: derivation_path,
      protected: !unprotected,
    }))
    printRows(given, terminal, keys, rows, none)
    return 0
  },
}

/** Keys may be here and out of use, by a gap that was accepted or by somebody: nobody is to import them again for that. */
const none =
  'No validator key can sign now. chancery keys list shows those out of use; chancery validators import takes some over'

export const validatorCommands: readonly Command[] = [importKeystores, list]
