/** `chancery algorand rotate`, `delete`, `cancel-deletion`: what becomes of an account's key. */
import type { Client, HandedOver, Key } from '@chancery/client'
import { UsageError, type Command, type Given, type Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { printOne } from '../output.ts'
import { everyPage } from '../paging.ts'
import { wholeNumber } from '../reading.ts'
import { keyOf, networkFlag, networkOf, requireExpected } from './names.ts'
import { accountOf, showKey } from './show.ts'

export const rotate: Command = {
  name: 'algorand rotate',
  about: 'Give an account another key: it keeps its address, and name, rules and grants move along',
  takes: ['[name]'],
  flags: {
    ...networkFlag,
    to: { type: 'string', value: '<key>', about: 'The new key (default: one that is made now)' },
    backend: { type: 'string', value: '<name>', about: 'Where to make the new key (default: where the old one is)' },
    undo: { type: 'boolean', about: 'Give the account back to the key its address is of' },
  },
  examples: [
    'chancery algorand rotate confio-testnet-sponsor',
    'chancery algorand rotate confio-testnet-sponsor --undo',
    'chancery algorand rotate confio-testnet-sponsor --backend aws-kms',
  ],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const { key } = await client.keys.get(keyOf(given, terminal))
    requireExpected(accountOf(key), given, terminal)
    const network = networkOf(given, terminal)
    const to = await successor(client, key, given)
    const done = await client.accounts.handOver(key.id, { to, ...(network && { network }) }).catch((error: unknown) => {
      terminal.note(`To go on with the same new key: chancery algorand rotate ${key.alias ?? key.id} --to ${to}`)
      throw error
    })
    printOne(given, terminal, done, doneRow(done))
    if (!given.has('json')) terminal.note(afterwards(done))
    return 0
  },
}

async function successor(client: Client, key: Key, given: Given): Promise<string> {
  const [to, backend, undo] = [given.text('to'), given.text('backend'), given.has('undo')]
  if ([to, backend, undo || undefined].filter((one) => one !== undefined).length > 1) {
    throw new UsageError('Give one of --to, --backend and --undo')
  }
  if (undo) return formerOf(client, key)
  return to ?? (await made(client, key, backend)).id
}

/** The key whose own address the account is. */
async function formerOf(client: Client, key: Key): Promise<string> {
  const keys = await everyPage(client.keys.list, (page) => page.keys)
  const former = keys.find(({ handedOver, address }) => handedOver === true && address === accountOf(key))
  if (former) return former.id
  throw new UsageError('There is nothing to undo: the account was not handed over. To give it any key: --to <key>')
}

/**
 * Its name is that of the account once it is handed over; what it is called where it is kept tells each rotation from the
 * others. Without words: the account's own recovery is the former key.
 */
function made(client: Client, { backend, family, network, alias, id }: Key, chosen?: string): Promise<Key> {
  const second = new Date().toISOString().slice(0, 19).replaceAll(/\D/g, '')
  const name = `${(alias ?? id).slice(0, 48).replaceAll(/[^A-Za-z0-9_-]/g, '-')}-${second}`
  const project = name.split('-')[0] ?? name
  return client.keys.create({
    backend: chosen ?? backend,
    family,
    kind: 'decoded',
    ...(network !== undefined && { network, place: { project, name } }),
  })
}

function doneRow({ account, network, key, former, id, round }: HandedOver) {
  return {
    account,
    network,
    name: key.alias,
    key: `${key.id} (${key.backend})`,
    'former key': `${former.id} (${former.alias ?? former.backend})`,
    transaction: id,
    round,
  }
}

function afterwards({ key, former }: HandedOver): string {
  const name = key.alias ?? key.id
  const later = former.alias ?? former.id
  return `To undo it: chancery algorand rotate ${name} --to ${former.id}. When nobody needs the former key: chancery algorand delete ${later}`
}

export const deleteAccount: Command = {
  name: 'algorand delete',
  about: 'Stop a key and schedule its destruction, unless its account still holds anything',
  takes: ['[name]'],
  flags: {
    ...networkFlag,
    days: { type: 'string', value: '<days>', about: 'The window, 7 to 30 days (default: 30)' },
    force: { type: 'boolean', about: 'Although the account holds something, or nobody can tell' },
    yes: { type: 'boolean', about: 'Do not ask for the name again' },
  },
  examples: ['chancery algorand delete confio-testnet-sponsor --days 30'],
  run: async (given, terminal) => {
    const days = wholeNumber(given, 'days', 30, 7, 30)
    const client = connect(given, terminal)
    const { key } = await client.keys.get(keyOf(given, terminal))
    await requireTyped(key, given, terminal)
    const pending = await client.keys.scheduleDeletion(key.id, days, given.has('force'))
    showKey(given, terminal, pending)
    const name = pending.alias ?? pending.id
    if (!given.has('json')) {
      terminal.note(
        `Until then: chancery algorand cancel-deletion ${name}. After it: chancery keys purge ${name} destroys what is left`,
      )
    }
    return 0
  },
}

/** A name typed again is looked at again. */
async function requireTyped({ alias, id }: Key, given: Given, terminal: Terminal): Promise<void> {
  if (given.has('yes')) return
  const name = alias ?? id
  if (!terminal.interactive) throw new UsageError(`Without a terminal, say that you mean it: --yes`)
  if ((await terminal.ask(`Type the name of the key to delete (${name}): `)) !== name) {
    throw new UsageError('That is another name; nothing was deleted')
  }
}

export const cancelDeletion: Command = {
  name: 'algorand cancel-deletion',
  about: 'Take a scheduled deletion back, and let the key sign again',
  takes: ['[name]'],
  flags: networkFlag,
  examples: ['chancery algorand cancel-deletion confio-testnet-sponsor'],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const name = keyOf(given, terminal)
    await client.keys.cancelDeletion(name)
    showKey(given, terminal, await client.keys.enable(name))
    return 0
  },
}
