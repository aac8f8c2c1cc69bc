/** What a tired person types, and what is said to them: one sentence, and an exit status that is not 0. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explained } from '../../src/cli/connection.ts'
import { chancery } from './terminal.ts'

let cwd: string

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chancery-mistakes-'))
  writeFileSync(join(cwd, 'open'), '', { mode: 0o644 })
  writeFileSync(join(cwd, 'empty'), '\n', { mode: 0o600 })
  writeFileSync(join(cwd, 'closed'), 'an-api-key\n', { mode: 0o600 })
})

afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const run = (line: string, env: Readonly<Record<string, string>> = {}) =>
  chancery(line.split(' ').filter(Boolean), { cwd, env: { HOME: cwd, ...env } })

describe('a private key where none belongs is not repeated', () => {
  const hex = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

  test.each([
    `keys import ${hex}`,
    `keys import 0x${hex}`,
    `keys import --hex-file=${hex}`,
    `keys import --${hex}`,
    `keys ${hex}`,
    `keys schedule-deletion treasury --days ${hex}`,
    `serve --key-file ${hex} --port ${hex}`,
    `serve --config ${hex}`,
    `serve --port TREASURY_PRIVATE_KEY=0x${hex}`,
    `keys list --data-dir ${hex}`,
    `restore ${hex}`,
  ])('%#', async (line) => {
    for (const json of ['', ' --json']) {
      const { status, out, notes } = await run(line + json)
      expect([status > 0, out]).toEqual([true, ''])
      expect(notes).toContain('not shown')
      expect(notes.toLowerCase()).not.toContain(hex.slice(0, 20))
    }
  })
})

describe('words of a private key where none belong are not repeated', () => {
  const words =
    'advice pudding treat near rule blouse same whisper inner electric quit surface sunny dismiss leader blood seat clown'

  test.each([
    ['algorand', 'import', ...words.split(' ')],
    ['algorand', 'import', words],
    ['algorand', 'import', '--words', words],
    ['algorand', 'import', '--expect-address', 'A', ...words.split(' ')],
    ['algorand', ...words.split(' ')],
    words.split(' '),
    ['keys', 'import', '--hex-file', words],
  ])('%#', async (...args) => {
    const { status, out, notes } = await chancery(args, { cwd, env: { HOME: cwd } })
    expect([status > 0, out]).toEqual([true, ''])
    for (const word of words.split(' ').filter((one) => one.length > 5)) expect(notes).not.toContain(word)
  })
})

describe('a signed transaction that is none', () => {
  const wanted = 'wanted pairs of hex digits, with or without 0x'
  const key = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
  const shadow = (...more: readonly string[]) =>
    chancery(['wallets', 'migrate', 'shadow', 'wal_1', ...more], { cwd, env: { HOME: cwd }, stdin: `"${key}"\n` })

  test.each([
    [['0x123'], '<raw> is no transaction in hex: got 3 hex digits'],
    [['0x'], '<raw> is no transaction in hex: got 0 hex digits'],
    [['-'], '<raw> is no transaction in hex: got 66 characters, not all of them hex digits'],
    [['00', '--previous', 'previous.hex'], 'previous.hex, line 4 is no transaction in hex: got 63 hex digits'],
  ])('%j: says how long it is and where, and repeats nothing of it', async (words, told) => {
    writeFileSync(join(cwd, 'previous.hex'), `0x00\r\n\n11\n${key.slice(1)}\n`)
    const { status, notes } = await shadow(...words)
    expect([status, notes]).toEqual([2, expect.stringContaining(`chancery: ${told}`)])
    expect(notes).toContain(wanted)
    expect(notes).not.toContain(key.slice(1, 9))
  })
})

test.each([
  ['{"$oid":"65a5058a1c9d440000a1b2c3","more":1}', 'got {"$oid":"65a5058a1c9d440000a1b2c3","more":1}, wanted a text'],
  ['null', 'got null, wanted a text, whole number, ObjectId, UUID (subtype 04) or date'],
  [`["${'ab'.repeat(32)}"]`, 'got ["(64 or more hex digits, not shown)"], wanted a text'],
  [`["${'Much '.repeat(100)}"]`, `got ["${'Much '.repeat(15)}Muc, wanted a text`],
])('a record whose user is %s', async (user, told) => {
  writeFileSync(join(cwd, 'records.jsonl'), `\n{"userId":${user}}\n`)
  const { status, notes } = await run('wallets import records.jsonl')
  expect([status, notes]).toEqual([2, expect.stringContaining(`chancery: line 2: userId: ${told}`)])
})

test.each([
  ['serve', { npm_lifecycle_event: 'start', npm_config_port: '9100' }, 'npm start -- --port …'],
  ['serve 9100', { npm_lifecycle_event: 'start', npm_config_port: 'true' }, 'npm start -- --port …'],
  [
    'keys list --limit 1',
    { npm_lifecycle_event: 'chancery', npm_config_data_dir: 'd' },
    'npm run chancery -- --data-dir …',
  ],
])('%s, with a flag that npm kept', async (line, env, advice) => {
  const { status, notes } = await run(line, env)
  expect([status, notes]).toEqual([2, expect.stringContaining(advice)])
})

test('a flag that npm kept and a script passed on is taken', async () => {
  const env = { npm_lifecycle_event: 'e2e', npm_config_data_dir: cwd }
  expect((await run(`keys list --data-dir ${cwd}`, env)).notes).not.toContain('npm kept')
  expect((await run('keys list --help', env)).status).toBe(0)
})

const wholeUnits = (flag: string) =>
  `chancery: --${flag} is a whole number of base units (satoshis, wei), such as 150000`

describe('called wrongly, with status 2', () => {
  test.each([
    ['keys lsit', 'chancery: There is no command "keys lsit". Did you mean "keys list"?'],
    [
      'audit everything',
      'chancery: There is no command "audit everything". After audit comes one of: tail, export, accept-gap, verify, reconcile',
    ],
    ['sevre', 'chancery: There is no command "sevre". Did you mean "serve"? See chancery --help'],
    ['frobnicate', 'chancery: There is no command "frobnicate". See chancery --help'],
    [
      '--config c keys list',
      'chancery: Flags come after the command: chancery <command> --config. See chancery --help',
    ],
    ['keys', /^chancery: keys needs one of: create, import, enrol, list, /],
    ['keys show', 'chancery: keys show needs <key>. See chancery keys show --help'],
    ['rules put treasury', 'chancery: rules put needs <file>. See chancery rules put --help'],
    ['keys show one two', 'chancery: Unexpected "two": chancery keys show takes <key> only'],
    ['clients list all', 'chancery: Unexpected "all": chancery clients list takes no words'],
    [
      'freeze payouts',
      'chancery: Unexpected "payouts": chancery freeze takes flags: --key <key>, --client <client>, --wallet <wallet>, --user <user>, --asset <asset>, --everything',
    ],
    [
      'keys create payouts',
      'chancery: Unexpected "payouts": chancery keys create takes flags: --backend <name>, --family <chain>, --alias <name>, --network <network>, --opaque',
    ],
    [
      'rules put treasury a.yaml b.yaml',
      'chancery: Unexpected "b.yaml": chancery rules put takes <key> <file>, and flags: --version <n>',
    ],
    ['serve now', 'chancery: Unexpected "now": chancery serve takes flags, see chancery serve --help'],
    ['keys create --alais x', 'chancery: There is no flag --alais here. Did you mean --alias?'],
    ['serve --prot 1', 'chancery: There is no flag --prot here. Did you mean --port?'],
    ['keys create --alias', /^chancery: .*--alias.*argument missing/],
    ['keys create --opaque=yes', /^chancery: .*--opaque.*does not take an argument/],
    ['keys schedule-deletion treasury --days 6', 'chancery: --days is a whole number from 7 to 30, got 6'],
    ['keys schedule-deletion treasury --days 7.5', 'chancery: --days is a whole number from 7 to 30, got 7.5'],
    ['keys schedule-deletion treasury --days week', 'chancery: --days is a whole number from 7 to 30, got week'],
    ['clients create shop --days 0', 'chancery: --days is a whole number from 1 to 365, got 0'],
    ['audit tail --limit many', 'chancery: --limit is a whole number from 1 to 500, got many'],
    ['clients create shop --grant sign@*', /^chancery: A grant is <operations>@<keys>@<networks>/],
    ['clients create shop --grant sign:transactoin@*@*', /Did you mean sign:transaction\?$/],
    ['freeze', 'chancery: Name one of --key, --client, --wallet, --user, --asset and --everything'],
    [
      'freeze --user 1 --asset BTC',
      'chancery: Name one of --key, --client, --wallet, --user, --asset and --everything',
    ],
    [
      'freeze --everything --key a',
      'chancery: Name one of --key, --client, --wallet, --user, --asset and --everything',
    ],
    ['audit accept-gap', /^chancery: Say why/],
    ['audit verify --copy a --export b', 'chancery: Give --copy or --export, not both'],
    ['audit reconcile', 'chancery: Name the log: --cloudtrail <file>'],
    ['audit reconcile --cloudtrail a --from noon', 'chancery: --from is a time such as 2026-11-21T12:00:00Z, got noon'],
    ['aws policy --role signor', 'chancery: --role is creator, signer, deleter, ssm or data-key'],
    ['aws policy --role signer', 'chancery: Give --region and --account'],
    ['aws policy --layout vault', 'chancery: --layout is kms, ssm or data-key'],
    ['aws policy --role ssm --layout kms', 'chancery: Give --role ssm or --layout kms, not both'],
    [
      'aws policy --role ssm --region eu-central-2 --account 111122223333 --path confio',
      'chancery: --path starts with /, such as /confio/algorand/*',
    ],
    [
      'aws policy --role ssm --region eu-central-2 --account 111122223333 --purge-after soon',
      'chancery: --purge-after is a date such as 2026-12-21, got soon',
    ],
    [
      'aws policy --role deleter --layout data-key --region eu-central-2 --account 111122223333',
      'chancery: A deleter has nothing to do in AWS with keys of the layout data-key',
    ],
    ['keys import --hex-file nowhere', 'chancery: Cannot read nowhere: there is no such file'],
    ['keys import --hex-file .', 'chancery: Cannot read .: it is a folder'],
    ['keys import --hex-file open', 'chancery: Others may read open (mode 0644): chmod 600 open'],
    ['keys import --hex-file a --keystore b', 'chancery: Give --hex-file or --keystore, not both'],
    ['rules put treasury nowhere.yaml', 'chancery: Cannot read nowhere.yaml: there is no such file'],
    ['withdrawals create', 'chancery: withdrawals create needs <wallet>. See chancery withdrawals create --help'],
    ['withdrawals create wal_1 --to a', 'chancery: Say whom it pays, and how much: give --to and --amount'],
    ['withdrawals create wal_1 --to a --amount=', `${wholeUnits('amount')}, got none`],
    ['withdrawals create wal_1 --to a --amount 1 --max-fee 0.1', `${wholeUnits('max-fee')}, got 0.1`],
    [
      'withdrawals create wal_1 --to a --amount 1 --key=',
      'chancery: --key is 1 to 255 visible ASCII characters without a space, got nothing',
    ],
    ['withdrawals create wal_1 --to a --amount 1 --wait 61s', 'chancery: --wait is a time from 1s to 60s, got 61s'],
    ['withdrawals create wal_1 --to a --amount 1 --wait 60', 'chancery: --wait is a time from 1s to 60s, got 60'],
    ['withdrawals create wal_1 --to a --amount 1 --until mined', 'chancery: --until goes with --wait 60s'],
    ['withdrawals show txn_1 --wait 2h', 'chancery: --wait is a time from 1s to 60m, got 2h'],
    [
      'withdrawals show txn_1 --wait 1m --until minde',
      'chancery: --until is one of broadcast, mined, final, got minde',
    ],
    ['withdrawals raise-fee txn_1', 'chancery: Say how much dearer: --fee-rate 40000 is 40 sat/vB'],
    ['withdrawals pay-for-parent txn_1 --fee-rate 1.5', `${wholeUnits('fee-rate')}, got 1.5`],
    ['wallets sweep wal_1 --fee-rate 5sat', `${wholeUnits('fee-rate')}, got 5sat`],
    [
      'wallets sweep wal_1 --api-key-file closed --url user:secret@service',
      'chancery: --url: expected a URL such as http://127.0.0.1:9000: http or https, without credential and query',
    ],
    ['wallets consolidate wal_1 --api-key-file empty', /^chancery: empty is no API key: one line, /],
    [
      'wallets address wal_1 new',
      'chancery: Unexpected "new": chancery wallets address takes <wallet>, and flags: --new',
    ],
  ])('chancery %s', async (line, sentence) => {
    const { status, out, notes } = await run(line)
    expect([status, out]).toEqual([2, ''])
    if (typeof sentence === 'string') expect(notes).toBe(sentence)
    else expect(notes).toMatch(sentence)
    expect(notes).not.toMatch(/\n {4}at /)
  })
})

test.each(['0.5', '1e8', '007', '1,000', '0x10', '5BTC'])('an amount of %s, which is none', async (got) => {
  const { status, notes } = await run(`withdrawals create wal_1 --to a --amount ${got}`)
  expect([status, notes]).toEqual([2, `${wholeUnits('amount')}, got ${got}`])
})

describe('a configuration that is wrong, with status 1', () => {
  test('a variable that nobody knows, with the nearest name', async () => {
    const { status, notes } = await run('serve', { CHANCERY_PROT: '1' })
    expect([status, notes]).toEqual([
      1,
      'chancery: CHANCERY_PROT: wanted a variable the service knows (did you mean CHANCERY_PORT?)',
    ])
  })

  test('a passphrase in a variable, without its value', async () => {
    const { status, notes } = await run('serve', { CHANCERY_PASSPHRASE: 'correct horse' })
    expect(status).toBe(1)
    expect(notes).toContain('no secret in a variable')
    expect(notes).not.toContain('horse')
  })

  test.each(['NODE_OPTIONS', 'NODE_DEBUG'])('%s', async (name) => {
    const { status, notes } = await run('serve', { [name]: '--inspect' })
    expect([status, notes]).toEqual([1, expect.stringContaining(`${name}: wanted it unset`)])
  })

  test('NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    expect((await run('serve', { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).status).toBe(1)
  })

  test('every problem at once, and as data with --json', async () => {
    const { status, notes } = await run('serve --json --port 99999 --log-level loud')
    expect(status).toBe(1)
    expect(JSON.parse(notes)).toMatchObject({
      error: { code: 'configuration', problems: [{ where: '--port' }, { where: '--log-level' }] },
    })
  })

  test('a switch is given without a value, beside another source of the same key', async () => {
    const { notes } = await run('serve --passphrase-prompt --key-file /k')
    expect(notes).toContain('got 2 of them, wanted one')
  })

  test('a file that is no YAML', async () => {
    writeFileSync(join(cwd, 'broken.yaml'), 'networks: [')
    const { status, notes } = await run('serve --config broken.yaml')
    expect([status, notes]).toEqual([1, expect.stringMatching(/^chancery: broken\.yaml/)])
  })
})

describe('without a service, with status 1', () => {
  test.each(['keys list', 'doctor', 'audit verify', 'backup there', 'freeze --everything'])(
    'chancery %s',
    async (line) => {
      const { status, out, notes } = await run(line)
      expect([status, out]).toEqual([1, ''])
      expect(notes).toBe(
        `chancery: No service runs on ${cwd}/chancery-data/chancery.sock. Start it with "chancery serve", or name its folder with --data-dir`,
      )
    },
  )

  test('that this user may reach', () => {
    const { message } = explained(Object.assign(new Error('connect EACCES'), { code: 'EACCES' }), '/srv/chancery.sock')
    expect(message).toBe('/srv/chancery.sock belongs to another user: run this as the user the service runs as')
  })

  test('as data', async () => {
    const { notes } = await run('keys list --json')
    expect(JSON.parse(notes)).toMatchObject({ error: { code: 'unreachable' } })
  })
})

test('an export that is none', async () => {
  writeFileSync(join(cwd, 'register.jsonl'), '{"hello":1}\n')
  const { status, notes } = await run('audit verify --export register.jsonl')
  expect([status, notes]).toEqual([1, expect.stringContaining('Line 1 is no line of a register export')])
})

test('aws policy --role ssm prints the policies of every role of that layout', async () => {
  const where = '--region eu-central-2 --account 111122223333 --path /confio/algorand/*'
  const all = JSON.parse((await run(`aws policy --role ssm ${where}`)).out) as Record<string, unknown>
  expect(Object.keys(all)).toEqual(['creator', 'signer', 'deleter'])
  expect(JSON.stringify(all['creator'])).toContain('kms:Encrypt')
  expect(JSON.stringify(all['creator'])).toContain('alias/confio-*')
  expect(JSON.parse((await run(`aws policy --layout ssm ${where}`)).out)).toEqual(all)
  expect(JSON.parse((await run(`aws policy --layout ssm --role signer ${where}`)).out)).toEqual(all['signer'])
  expect((await run('aws policy --role signer --region r --account 1 --algorithm ed25519')).out).toContain('ED25519')
})
