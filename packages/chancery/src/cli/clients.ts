/** `chancery clients …`: who may ask for what. */
import type { Client, ClientWithSecret, Grant } from '@chancery/client'
import { apiKeyDays } from '../core/access.ts'
import { operations } from '../core/names.ts'
import { nearest } from '../base/nearest.ts'
import { UsageError, type Command, type Given } from './command.ts'
import { connect } from './connection.ts'
import { done, printOne, printRows, type Row } from './output.ts'
import { everyPage } from './paging.ts'
import { wholeNumber } from './reading.ts'

const allowedDays = `1 to ${apiKeyDays.most} (default: ${apiKeyDays.usual})`
const grantHelp = 'A grant, <operations>@<keys>@<networks>, each separated by commas or *; repeatable'

const create: Command = {
  name: 'clients create',
  about: 'Register a client; its API key is shown once',
  takes: ['<name>'],
  flags: {
    grant: { type: 'string', value: '<grant>', multiple: true, about: grantHelp },
    source: { type: 'string', value: '<cidr>', multiple: true, about: 'Where its requests may come from; repeatable' },
    days: { type: 'string', value: '<days>', about: `Days until its API key ends, ${allowedDays}` },
  },
  examples: [
    "chancery clients create shop --grant 'sign:transaction,relay,keys:read@treasury@eip155:1'",
    "chancery clients create ops --grant 'admin@*@*' --source 10.0.0.0/8",
  ],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const grants = await grantsOf(given, client)
    const sources = given.texts('source')
    const made = await client.clients.create({
      name: given.words[0] ?? '',
      grants,
      ...(sources.length > 0 && { sources }),
      days: days(given),
    })
    printOne(given, terminal, made, { client: made.client.id, name: made.client.name, 'api key': made.secret })
    if (!given.has('json')) terminal.note('The API key is not kept and will not be shown again.')
    return 0
  },
}

function grantsOf(given: Given, client: Client): Promise<readonly Grant[]> {
  const idOf = async (key: string) => (await client.keys.get(key)).key.id
  return Promise.all(given.texts('grant').map((text) => parseGrant(text, idOf)))
}

/** Keys may be named as anywhere; a grant holds their ids. */
async function parseGrant(text: string, idOf: (key: string) => Promise<string>): Promise<Grant> {
  const [asked = '', keys = '', networks = '', ...rest] = text.split('@')
  if (rest.length > 0 || keys === '' || networks === '') {
    throw new UsageError(
      `A grant is <operations>@<keys>@<networks>, such as sign:transaction@treasury@eip155:1; got ${text}`,
    )
  }
  return {
    operations: asked.split(',').map(parseOperation),
    keys: keys === '*' ? '*' : await Promise.all(keys.split(',').map(idOf)),
    networks: networks === '*' ? '*' : networks.split(','),
  }
}

function parseOperation(text: string): Grant['operations'][number] {
  const found = operations.find((operation) => operation === text)
  if (found) return found
  const meant = nearest(text, operations)
  throw new UsageError(
    `There is no operation ${text}.${meant ? ` Did you mean ${meant}?` : ` It is one of ${operations.join(', ')}`}`,
  )
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

function row({ id, name, grants, frozen, secrets }: ClientWithSecret['client']): Row {
  const may = grants.length === 0 ? 'nothing' : grants.map(grantText).join(' ')
  return { client: id, name, frozen, 'api keys': secrets.length, may }
}

/** As `--grant` takes it. */
function grantText({ operations: asked, keys, networks }: Grant): string {
  return [asked, keys, networks].map((names) => (typeof names === 'string' ? names : names.join(','))).join('@')
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
