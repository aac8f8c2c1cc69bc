/** `chancery algorand create` and `import`: how a sponsor account comes to be here. */
import type { Client, CreateKey, Key } from '@chancery/client'
import { UsageError, type Command, type Flags, type Given, type Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { readSecretText } from '../reading.ts'
import { backendOf, nameFlags, namesOf, nonEmpty } from './names.ts'
import { showKey } from './show.ts'
import { noteStrayWords } from './stray-words.ts'
import { newRecipient, showOnce } from './words.ts'

const newKeyFlags: Flags = {
  ...nameFlags,
  backend: {
    type: 'string',
    value: '<name>',
    about: 'aws-kms (default), aws-ssm, aws-data-key; or sealed (default with USE_KMS_SIGNING=False)',
  },
}

function request(given: Given, terminal: Terminal): CreateKey {
  noteStrayWords(terminal)
  const { network, project, name } = namesOf(given, terminal)
  const backend = backendOf(given, terminal)
  return { backend, family: 'algorand', kind: 'decoded', alias: name, network, place: { project, name } }
}

/** Back-ends whose private keys can be written down. The others say why not. */
const withWords: readonly string[] = ['sealed', 'aws-ssm', 'aws-data-key']

export const create: Command = {
  name: 'algorand create',
  about: 'Make an account; its words, where it has any, are shown once and asked back',
  takes: [],
  flags: {
    ...newKeyFlags,
    'no-words': {
      type: 'boolean',
      about: 'Make it without ever showing its words: then nothing but the back-end has it',
    },
  },
  examples: [
    'chancery algorand create --project confio --network testnet',
    'chancery algorand create --project confio --network testnet --backend aws-ssm',
  ],
  run: async (given, terminal) => {
    const wanted = request(given, terminal)
    const client = connect(given, terminal)
    if (!withWords.includes(wanted.backend)) return created(given, terminal, await client.keys.create(wanted), noWords)
    if (given.has('no-words')) return created(given, terminal, await client.keys.create(wanted))
    return withBackup(given, terminal, client, wanted)
  },
}

const noWords =
  'The private key never leaves its back-end, so it has no words. What takes their place: rekey the account to a 1-of-2 ' +
  'multisig with a key that is kept offline, or use a multi-Region KMS key.'

async function withBackup(given: Given, terminal: Terminal, client: Client, wanted: CreateKey): Promise<number> {
  if (!terminal.interactive || given.has('json')) {
    throw new UsageError('Words are shown on a terminal only: run it there without --json, or give --no-words')
  }
  const { recipient, open } = newRecipient()
  const backedUp = await client.keys.createBackedUp({ ...wanted, recipient })
  const words = open(backedUp)
  try {
    if (await showOnce(words, terminal)) return created(given, terminal, backedUp.key)
  } finally {
    words.fill(0)
  }
  const { alias = backedUp.key.id } = backedUp.key
  terminal.note(
    `The account exists, and its words were not confirmed. If you do not have them: chancery algorand delete ${alias}`,
  )
  return 1
}

function created(given: Given, terminal: Terminal, key: Key, note?: string): number {
  showKey(given, terminal, key)
  if (given.has('json')) return 0
  if (note !== undefined) terminal.note(note)
  terminal.note(`It may do nothing until it has rules: chancery rules put ${key.alias ?? key.id} rules.json`)
  return 0
}

export const enrol: Command = {
  name: 'algorand enrol',
  about: 'Take over an account that an older script keeps in AWS, where it is',
  takes: [],
  flags: {
    ...nameFlags,
    backend: { type: 'string', value: '<name>', about: 'aws-ssm (default), or aws-kms for a native key' },
  },
  examples: ['chancery algorand enrol --name confio-testnet-sponsor --project confio --network testnet'],
  run: async (given, terminal) => {
    const wanted = { ...request(given, terminal), backend: given.text('backend') ?? 'aws-ssm' }
    const key = await connect(given, terminal).keys.enrol({ ...wanted, name: `alias/${wanted.alias}` })
    return created(given, terminal, key)
  },
}

export const importAccount: Command = {
  name: 'algorand import',
  about: 'Take an account over by its 25 words, asked for without showing them',
  takes: [],
  flags: {
    ...newKeyFlags,
    'expect-address': { type: 'string', value: '<address>', about: 'Import nothing that has another address' },
    'words-file': {
      type: 'string',
      value: '<file>',
      about: 'Read the words from a file of mode 0600 instead of asking',
    },
  },
  examples: [
    'chancery algorand import --project confio --network testnet --backend aws-ssm',
    'chancery algorand import --name confio-mainnet-sponsor --network mainnet --backend sealed --expect-address ABC…',
  ],
  run: async (given, terminal) => {
    const wanted = request(given, terminal)
    const client = connect(given, terminal)
    const file = given.text('words-file')
    const words = file === undefined ? await terminal.askHidden('The 25 words: ') : await readSecretText(file, terminal)
    const secret = { format: 'words', words: words.trim() } as const
    const expected = given.text('expect-address') ?? nonEmpty(terminal.env['ALGORAND_SPONSOR_ADDRESS'])
    const expectAddress = expected ?? (await confirmed(client, { ...wanted, secret }, terminal))
    if (expectAddress === undefined) return declined(terminal)
    return created(given, terminal, await client.keys.import({ ...wanted, secret, expectAddress }))
  },
}

type Import = Parameters<Client['keys']['previewImport']>[0]

/** The address, once an operator has looked at it. */
async function confirmed(client: Client, request: Import, terminal: Terminal): Promise<string | undefined> {
  const { address } = await client.keys.previewImport(request)
  if (!terminal.interactive) {
    throw new UsageError(
      `The words are of ${address}. Without a terminal, say that you expect it: --expect-address ${address}`,
    )
  }
  const answer = await terminal.ask(`The words are of ${address}. Import it? (yes/no) `)
  return answer === 'yes' ? address : undefined
}

function declined(terminal: Terminal): number {
  terminal.note('Nothing was imported.')
  return 1
}
