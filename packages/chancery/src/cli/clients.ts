/** `chancery clients …`: who may ask for what. */
import type { ClientIdentity, ClientWithSecret } from '@chancery/client'
import { apiKeyDays } from '../core/access.ts'
import { identityFlags, identityOf } from './client-identity.ts'
import type { Command, Given } from './command.ts'
import { connect } from './connection.ts'
import { grantHelp, grantsOf, grantText } from './grant-text.ts'
import { done, printOne, printRows, type Row } from './output.ts'
import { everyPage } from './paging.ts'
import { wholeNumber } from './reading.ts'

const allowedDays = `1 to ${apiKeyDays.most} (default: ${apiKeyDays.usual})`

const create: Command = {
  name: 'clients create',
  about: 'Register a client; its API key is shown once',
  takes: ['<name>'],
  flags: {
    grant: { type: 'string', value: '<grant>', multiple: true, about: grantHelp },
    source: { type: 'string', value: '<cidr>', multiple: true, about: 'Where its requests may come from; repeatable' },
    ...identityFlags,
    days: { type: 'string', value: '<days>', about: `Days until its API key ends, ${allowedDays}` },
  },
  examples: [
    "chancery clients create shop --grant 'sign:transaction,relay,keys:read@treasury@eip155:1'",
    "chancery clients create ops --grant 'admin@*@*' --source 10.0.0.0/8",
    "chancery clients create lighthouse --grant 'sign:attestation,sign:block@*@*' --certificate lighthouse.pem",
  ],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const grants = await grantsOf(given, client)
    const sources = given.texts('source')
    const made = await client.clients.create({
      name: given.words[0] ?? '',
      grants,
      ...(sources.length > 0 && { sources }),
      ...(await identityOf(given, terminal)),
      days: days(given),
    })
    printOne(given, terminal, made, { client: made.client.id, name: made.client.name, 'api key': made.secret })
    if (!given.has('json')) terminal.note('The API key is not kept and will not be shown again.')
    return 0
  },
}

const days = (given: Given): number => wholeNumber(given, 'days', apiKeyDays.usual, 1, apiKeyDays.most)

const putGrants: Command = {
  name: 'clients put-grants',
  about: 'Replace what a client may do; without --grant it may do nothing',
  takes: ['<client>'],
  flags: { grant: { type: 'string', value: '<grant>', multiple: true, about: grantHelp } },
  examples: ["chancery clients put-grants cli_01jd… --grant 'sign:message,keys:read@treasury,ops@*'"],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const [id = ''] = given.words
    const grants = await grantsOf(given, client)
    const { version } = await client.clients.get(id)
    const { value } = await client.clients.putGrants(id, grants, version)
    printOne(given, terminal, value, row(value))
    return 0
  },
}

const list: Command = {
  name: 'clients list',
  about: 'List clients and what they may do',
  takes: [],
  flags: {},
  examples: ['chancery clients list'],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const clients = await everyPage(client.clients.list, (page) => page.clients)
    printRows(given, terminal, clients, clients.map(row), 'No clients yet. Register one with: chancery clients create')
    return 0
  },
}

function row({ id, name, grants, frozen, secrets, identity }: ClientWithSecret['client']): Row {
  const may = grants.length === 0 ? 'nothing' : grants.map(grantText).join(' ')
  return { client: id, name, frozen, 'api keys': secrets.length, 'known by': knownBy(identity), may }
}

function knownBy({ certificates = [], certificateNames = [], assumedFrom = [] }: ClientIdentity = {}): string {
  const prints = certificates.map((fingerprint) => `certificate ${fingerprint.slice(0, 8)}…`)
  const known = [...prints, ...certificateNames.map((name) => `certificate of ${name}`), ...assumedFrom]
  return known.length === 0 ? 'API key' : known.join(', ')
}

const remove: Command = {
  name: 'clients remove',
  about: 'Remove a client: its API keys end at once',
  takes: ['<client>'],
  flags: {},
  examples: ['chancery clients remove cli_01jd…'],
  run: async (given, terminal) => {
    await connect(given, terminal).clients.remove(given.words[0] ?? '')
    return done(given, terminal, 'Removed')
  },
}

const addSecret: Command = {
  name: 'clients add-secret',
  about: 'Give a client a second API key; the first goes on until it is removed',
  takes: ['<client>'],
  flags: { days: { type: 'string', value: '<days>', about: `Days until it ends, ${allowedDays}` } },
  examples: ['chancery clients add-secret cli_01jd…', 'chancery clients remove-secret cli_01jd… 1'],
  run: async (given, terminal) => {
    const made = await connect(given, terminal).clients.addSecret(given.words[0] ?? '', days(given))
    printOne(given, terminal, made, { client: made.client.id, 'api key': made.secret })
    return 0
  },
}

const removeSecret: Command = {
  name: 'clients remove-secret',
  about: 'End one API key of a client',
  takes: ['<client>', '<secret>'],
  flags: {},
  examples: ['chancery clients remove-secret cli_01jd… 1'],
  run: async (given, terminal) => {
    await connect(given, terminal).clients.removeSecret(given.words[0] ?? '', given.words[1] ?? '')
    return done(given, terminal, 'Removed')
  },
}

export const clientCommands: readonly Command[] = [create, list, putGrants, addSecret, removeSecret, remove]
