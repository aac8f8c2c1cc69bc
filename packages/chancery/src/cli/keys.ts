/** `chancery keys …`: making keys, and what becomes of them. */
import type { Client, CreateKey, ImportKey, Key } from '@chancery/client'
import { counted } from '../base/counted.ts'
import { isNetwork } from '../core/names.ts'
import { UsageError, type Command, type Flags, type Given, type Terminal } from './command.ts'
import { readSecretText, readText, wholeNumber } from './reading.ts'
import { connect } from './connection.ts'
import { done, printOne, printRows, type Row } from './output.ts'
import { everyPage } from './paging.ts'

const newKeyFlags: Flags = {
  backend: { type: 'string', value: '<name>', about: 'Key back-end: sealed (default) or aws-kms' },
  family: { type: 'string', value: '<chain>', about: 'Chain family, fixed for good (default: evm)' },
  alias: { type: 'string', value: '<name>', about: 'A name for people' },
  network: {
    type: 'string',
    value: '<network>',
    about: 'The one network it signs for, as a CAIP-2 id (default: any of its family)',
  },
  opaque: { type: 'boolean', about: 'The key signs bare digests and nothing else, for good' },
}

const row = ({ id, alias, backend, kind, state, address, held, closed }: Key): Row => ({
  key: id,
  alias,
  address,
  backend,
  kind,
  state: [state, ...(held === undefined ? [] : ['(held)']), ...(closed === undefined ? [] : ['(closed)'])].join(' '),
})

function request(given: Given): CreateKey {
  const [alias, network] = [given.text('alias'), given.text('network')]
  return {
    backend: given.text('backend') ?? 'sealed',
    family: given.text('family') ?? 'evm',
    kind: given.has('opaque') ? 'opaque' : 'decoded',
    ...(alias !== undefined && { alias }),
    ...(network !== undefined && { network: networkIn(network) }),
  }
}

function networkIn(text: string): NonNullable<CreateKey['network']> {
  if (isNetwork(text)) return text
  throw new UsageError(`--network is a CAIP-2 id such as eip155:1, got ${text}`)
}

const create: Command = {
  name: 'keys create',
  about: 'Make a key; a fresh key may do nothing until it has rules',
  takes: [],
  flags: newKeyFlags,
  examples: ['chancery keys create --alias treasury', 'chancery keys create --backend aws-kms --alias hot --json'],
  run: async (given, terminal) => show(given, terminal, await connect(given, terminal).keys.create(request(given))),
}

const importKey: Command = {
  name: 'keys import',
  about: 'Take over a private key: hex by hidden prompt or file, or a Web3 keystore v3',
  takes: [],
  flags: {
    ...newKeyFlags,
    'hex-file': { type: 'string', value: '<file>', about: 'Read the hex private key from a file instead of asking' },
    keystore: { type: 'string', value: '<file>', about: 'A Web3 Secret Storage (v3) file' },
    'password-file': { type: 'string', value: '<file>', about: "The keystore's password, instead of asking" },
  },
  examples: [
    'chancery keys import --alias old-hot-wallet',
    'chancery keys import --keystore ./UTC--2026-01-01 --alias ops',
  ],
  run: async (given, terminal) => {
    const secret = await secretOf(given, terminal)
    return show(given, terminal, await connect(given, terminal).keys.import({ ...request(given), secret }))
  },
}

async function secretOf(given: Given, terminal: Terminal): Promise<ImportKey['secret']> {
  const keystore = given.text('keystore')
  if (keystore !== undefined && given.text('hex-file') !== undefined) {
    throw new UsageError('Give --hex-file or --keystore, not both')
  }
  if (keystore !== undefined) {
    const password = await fromFileOrPrompt(given.text('password-file'), 'Password of the keystore: ', terminal)
    return { format: 'keystore-v3', keystore: await readText(keystore, terminal), password }
  }
  const hex = await fromFileOrPrompt(given.text('hex-file'), 'Private key (hex): ', terminal)
  return { format: 'hex', hex: hex.trim() }
}

async function fromFileOrPrompt(file: string | undefined, question: string, terminal: Terminal): Promise<string> {
  return file === undefined ? terminal.askHidden(question) : readSecretText(file, terminal)
}

const enrol: Command = {
  name: 'keys enrol',
  about: "Take a back-end's existing key into use, by the back-end's own name for it",
  takes: ['<name>'],
  flags: { ...newKeyFlags, backend: { type: 'string', value: '<name>', about: 'Key back-end: aws-kms (default)' } },
  examples: [
    'chancery keys enrol --backend aws-kms alias/treasury',
    'chancery keys enrol --backend aws-kms 1234abcd-12ab-34cd-56ef-1234567890ab',
  ],
  run: async (given, terminal) => {
    const name = given.words[0] ?? ''
    const backend = given.text('backend') ?? 'aws-kms'
    return show(given, terminal, await connect(given, terminal).keys.enrol({ ...request(given), backend, name }))
  },
}

const list: Command = {
  name: 'keys list',
  about: 'List keys',
  takes: [],
  flags: {},
  examples: ['chancery keys list', 'chancery keys list --json'],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const keys = await everyPage(client.keys.list, (page) => page.keys)
    printRows(given, terminal, keys, keys.map(row), 'No keys yet. Make one with: chancery keys create')
    return 0
  },
}

const showKey: Command = onKey(
  'keys show',
  'Show one key',
  ['chancery keys show treasury'],
  async (client, key) => (await client.keys.get(key)).key,
)

/** A command that does one thing to one key and shows it as it is then. */
function onKey(
  name: string,
  about: string,
  examples: readonly string[],
  act: (client: Client, key: string) => Promise<Key>,
): Command {
  return {
    name,
    about,
    takes: ['<key>'],
    flags: {},
    examples,
    run: async (given, terminal) => show(given, terminal, await act(connect(given, terminal), given.words[0] ?? '')),
  }
}

const enableHeld: Command = {
  name: 'keys enable-held',
  about: 'Let the validator keys sign again that an accepted gap took out of use',
  takes: [],
  flags: {},
  examples: ['chancery keys enable-held'],
  run: async (given, terminal) => {
    const { enabled, held } = await connect(given, terminal).keys.enableHeld()
    const left = held === 0 ? '' : `; ${counted(held, 'key')} still held: chancery keys enable <key> says why`
    return done(given, terminal, `Enabled ${counted(enabled, 'key')}${left}`)
  },
}

const scheduleDeletion: Command = {
  name: 'keys schedule-deletion',
  about: 'Stop a key and schedule its destruction; can be cancelled until it is purged',
  takes: ['<key>'],
  flags: {
    days: { type: 'string', value: '<days>', about: 'The window, 7 to 30 days (default: 30)' },
    force: { type: 'boolean', about: 'Although something would be lost with it, as far as its ledger can tell' },
  },
  examples: ['chancery keys schedule-deletion treasury --days 7'],
  run: async (given, terminal) => {
    const days = wholeNumber(given, 'days', 30, 7, 30)
    const { keys } = connect(given, terminal)
    return show(given, terminal, await keys.scheduleDeletion(given.words[0] ?? '', days, given.has('force')))
  },
}

function show(given: Given, terminal: Terminal, key: Key): number {
  const { id, alias, address, backend, family, network, kind, state, publicKey, held, closed, deletionDate } = key
  printOne(given, terminal, key, {
    key: id,
    alias,
    address,
    backend,
    family,
    network,
    kind,
    state,
    'public key': publicKey,
    'held since': held,
    'closed since': closed,
    'deletion date': deletionDate,
  })
  return 0
}

export const keyCommands: readonly Command[] = [
  create,
  importKey,
  enrol,
  list,
  showKey,
  onKey('keys disable', 'Stop a key, here and in its back-end', ['chancery keys disable treasury'], (client, key) =>
    client.keys.disable(key),
  ),
  onKey('keys enable', 'Let a disabled key sign again', ['chancery keys enable treasury'], (client, key) =>
    client.keys.enable(key),
  ),
  enableHeld,
  scheduleDeletion,
  onKey(
    'keys cancel-deletion',
    'Take a scheduled deletion back; the key stays disabled',
    ['chancery keys cancel-deletion treasury'],
    (client, key) => client.keys.cancelDeletion(key),
  ),
  onKey(
    'keys purge',
    'Destroy a secret for good, once its window has passed',
    ['chancery keys purge treasury'],
    (client, key) => client.keys.purge(key),
  ),
]
