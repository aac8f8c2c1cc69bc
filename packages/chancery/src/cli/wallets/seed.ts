/** `chancery wallets seed …`: the seed that wallets of the tier hd are branches of, with its words. */
import type { CreateKey, Key } from '@chancery/client'
import { newRecipient, showOnce } from '../algorand/words.ts'
import { UsageError, type Command, type Flags, type Given, type Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { printOne } from '../output.ts'
import { readSecretText } from '../reading.ts'

const flags: Flags = {
  family: { type: 'string', value: '<chain>', about: 'Whose wallets: bitcoin (default) or evm' },
  alias: { type: 'string', value: '<name>', about: 'After an accepted gap the next one: wallets-bitcoin-2, then -3' },
}

const families: readonly string[] = ['bitcoin', 'evm']

/** As the service calls the seed that it makes by itself with the first wallet. */
function request(given: Given): CreateKey {
  const family = given.text('family') ?? 'bitcoin'
  if (!families.includes(family)) throw new UsageError(`--family takes ${families.join(' or ')}, not ${family}`)
  const alias = given.text('alias') ?? `wallets-${family}`
  return { backend: 'sealed', family, kind: 'decoded', tree: 'bip32', alias }
}

export const seedCreate: Command = {
  name: 'wallets seed create',
  about: 'Make the seed of hd wallets before the first of them, and see its 24 words once',
  takes: [],
  flags,
  examples: ['chancery wallets seed create --family bitcoin'],
  run: async (given, terminal) => {
    const wanted = request(given)
    if (!terminal.interactive || given.has('json')) {
      throw new UsageError('Words are shown on a terminal only: run it there without --json')
    }
    const { recipient, open } = newRecipient()
    const made = await connect(given, terminal).keys.createBackedUp({ ...wanted, recipient })
    const words = open(made)
    try {
      if (await showOnce(words, terminal)) return show(given, terminal, made.key)
    } finally {
      words.fill(0)
    }
    terminal.note(
      `The seed exists, and its words were not confirmed. Without them: chancery keys schedule-deletion ${made.key.id}`,
    )
    return 1
  },
}

export const seedImport: Command = {
  name: 'wallets seed import',
  about: 'Take the seed of hd wallets over by its words, asked for without showing them',
  takes: [],
  flags: {
    ...flags,
    'words-file': {
      type: 'string',
      value: '<file>',
      about: 'Read the words from a file of mode 0600 instead of asking',
    },
  },
  examples: ['chancery wallets seed import --family bitcoin'],
  run: async (given, terminal) => {
    const wanted = request(given)
    const file = given.text('words-file')
    const words = file === undefined ? await terminal.askHidden('The words: ') : await readSecretText(file, terminal)
    const secret = { format: 'mnemonic', mnemonic: words.trim(), path: 'm' } as const
    return show(given, terminal, await connect(given, terminal).keys.import({ ...wanted, secret }))
  },
}

function show(given: Given, terminal: Terminal, key: Key): number {
  const { id, alias, family, backend, publicKey } = key
  printOne(given, terminal, key, { key: id, alias, family, backend, 'public key': publicKey })
  return 0
}
