/** `chancery algorand …` against a real service and a ledger in memory. The tests tell one story, in order. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Address, decodeSignedTransaction, generateAccount, mnemonicToSecretKey, secretKeyToMnemonic } from 'algosdk'
import type { Account, Key } from '@chancery/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chancery, type At, type Ran } from '../cli/terminal.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { nodeAt, payment, suggested, testNetwork } from '../nodes/algorand/fixture.ts'
import { serve, type ServiceProcess } from './service-process.ts'

const ledger = createMemoryLedger()
const name = 'confio-local-sponsor'
const net = ['--network', testNetwork] as const
const sealed = ['--backend', 'sealed'] as const

let folder: string
let service: ServiceProcess
let algod: Algod

beforeAll(async () => {
  algod = await startAlgod({ ledger })
  folder = mkdtempSync(join(tmpdir(), 'chancery-algorand-'))
  const network = `{ id: "${testNetwork}", rpc: ["${algod.url.href}"], main: false }`
  writeFileSync(join(folder, 'chancery.yaml'), `networks: [${network}]\n`)
  service = await serve(folder)
}, 60_000)

afterAll(async () => {
  service.kill('SIGKILL')
  await algod.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const run = (args: readonly string[], at: At = {}): Promise<Ran> =>
  chancery(['algorand', ...args], { cwd: folder, ...at, env: { HOME: folder, ...at.env } })

async function data<T>(...args: readonly string[]): Promise<T> {
  const { status, out, notes } = await run([...args, '--json'])
  expect([status, notes]).toEqual([0, ''])
  return JSON.parse(out) as T
}

/** Somebody at a terminal who writes the words down as they appear. */
function writer(): { readonly at: At; words(): readonly string[] } {
  let seen = ''
  const word = (place: number) => new RegExp(`\\b${place} ([a-z]+)`).exec(seen)?.[1] ?? ''
  return {
    at: {
      interactive: true,
      watch: (text) => void (seen += `${text}\n`),
      typed: (question) => word(Number(/Word (\d+)/.exec(question)?.[1])),
    },
    words: () => Array.from({ length: 25 }, (_, i) => word(i + 1)),
  }
}

let account = ''
let words: readonly string[] = []

describe('create', () => {
  test('shows the words on a terminal only', async () => {
    const { status, notes } = await run(['create', '--name', name, ...net, ...sealed])
    expect([status, notes]).toEqual([2, expect.stringContaining('on a terminal only')])
    const asJson = await run(['create', '--name', name, ...net, ...sealed, '--json'], { interactive: true })
    expect(asJson.status).toBe(2)
    expect(await data<Account[]>('list')).toEqual([])
  })

  test('shows them once and asks three back; they are those of the account', async () => {
    const person = writer()
    const made = await run(['create', '--name', name, ...net, ...sealed], person.at)
    expect(made.status).toBe(0)
    words = person.words()
    account = mnemonicToSecretKey(words.join(' ')).addr.toString()
    expect(made.out).toContain(account)
    expect(made.notes).not.toContain(words.slice(0, 3).join(' '))
    ledger.fund(account, 10_000_000n)
  })

  test('ends with status 1 when the words were not written down, and says what to do', async () => {
    const careless: At = { interactive: true, typed: 'abandon' }
    const { status, notes } = await run(['create', '--name', 'confio-local-careless', ...net, ...sealed], careless)
    expect([status, notes]).toEqual([1, expect.stringContaining('chancery algorand delete confio-local-careless')])
  })

  test('never makes a second one of the name', async () => {
    const again = await run(['create', '--name', name, ...net, ...sealed, '--no-words'])
    expect([again.status, again.notes]).toEqual([1, expect.stringContaining('names the key')])
  })

  test('answers to the flag of older scripts', async () => {
    const { status, out } = await run(['--create-new', '--name', 'confio-local-older', ...net, '--no-words'], {
      env: { USE_KMS_SIGNING: 'False' },
    })
    expect([status, out]).toEqual([0, expect.stringMatching(/backend +sealed/)])
  })
})

describe('import', () => {
  const { addr, sk } = generateAccount()
  const mnemonic = secretKeyToMnemonic(sk)
  const imported = ['import', '--name', 'confio-local-imported', ...net, ...sealed] as const

  test('refuses words whose checksum is wrong, and repeats none of them', async () => {
    const refused = async (words: readonly string[]) => {
      const wrong = [...words.slice(0, 24), words[24] === 'zoo' ? 'zone' : 'zoo'].join(' ')
      const { status, notes } = await run(imported, { interactive: true, typed: wrong })
      return { status, notes }
    }
    const said = await refused(mnemonic.split(' '))
    expect(said.status).toBe(1)
    // What is said of other words too repeats none of these; by itself, "account" is a word of the list.
    expect(said).toEqual(await refused(secretKeyToMnemonic(generateAccount().sk).split(' ')))
  })

  test('shows the address first, and imports nothing that is not confirmed', async () => {
    const asked: string[] = []
    const declining: At = {
      interactive: true,
      typed: (question) => (asked.push(question), question.startsWith('The words') ? 'no' : mnemonic),
    }
    const { status } = await run(imported, declining)
    expect([status, asked[1]]).toEqual([1, expect.stringContaining(addr.toString())])
    expect((await run(['address', 'confio-local-imported'])).status).toBe(1)
  })

  test('without a terminal wants the address to be expected, and holds it against it', async () => {
    const blind = await run(imported, { typed: mnemonic })
    expect([blind.status, blind.notes]).toEqual([2, expect.stringContaining(`--expect-address ${addr.toString()}`)])
    const wrong = await run([...imported, '--expect-address', account], { typed: mnemonic })
    expect([wrong.status, wrong.notes]).toEqual([1, expect.stringContaining('nothing was imported')])
    const right = await run(imported, { typed: mnemonic, env: { ALGORAND_SPONSOR_ADDRESS: addr.toString() } })
    expect([right.status, right.out]).toEqual([0, expect.stringContaining(addr.toString())])
  })
})

test('words in the environment are reported before a key is made, and neither used nor shown', async () => {
  const mnemonic = secretKeyToMnemonic(generateAccount().sk)
  const env = { ALGORAND_ADMIN_MNEMONIC: mnemonic }
  const { status, out, notes } = await run(
    ['create', '--name', 'confio-local-stray', ...net, ...sealed, '--no-words'],
    {
      env,
    },
  )
  expect([status, notes]).toEqual([0, expect.stringContaining('The variable ALGORAND_ADMIN_MNEMONIC holds words')])
  expect(out).not.toContain(mnemonicToSecretKey(mnemonic).addr.toString())
  for (const shown of [out, notes]) expect(shown).not.toContain(mnemonic.split(' ').slice(0, 2).join(' '))
})

describe('looking', () => {
  test('list shows balances, and address prints nothing else', async () => {
    const accounts = await data<Account[]>('list')
    const ours = accounts.find(({ key }) => key.alias === name)
    expect(ours).toMatchObject({ account, network: testNetwork, ledger: { balance: '10000000' } })
    expect((await run(['address', name])).out).toBe(account)
    const table = (await run(['--list'])).out.split('\n')
    expect(table[0]).toMatch(/^name +account +network +backend +state +balance +key$/)
    expect(table.find((line) => line.includes(account))).toMatch(/ 10000000 +key_\w+$/)
  })

  test('the variables name key and network where no word does', async () => {
    const env = { CONFIO_ENV: 'testnet', KMS_KEY_ALIAS_TESTNET: `alias/${name}` }
    expect((await run(['address'], { env })).out).toBe(account)
    const other = { ...env, ALGORAND_SPONSOR_ADDRESS: generateAccount().addr.toString() }
    const unlike = await run(['address'], { env: other })
    expect([unlike.status, unlike.notes]).toEqual([2, expect.stringContaining('one of them is wrong')])
    const lost = await run(['address'], { env: { CONFIO_ENV: 'testnet' } })
    expect([lost.status, lost.notes]).toEqual([2, expect.stringContaining('KMS_KEY_ALIAS_TESTNET')])
  })

  test('a trial signs, and with --submit waits for a round', async () => {
    expect((await run(['test', name, ...net])).out).toMatch(/signed and verified; not sent/)
    expect((await run(['test', name, ...net, '--submit'])).out).toMatch(/confirmed in round \d+/)
  })

  test('a network that is none of Algorand is explained', async () => {
    const { status, notes } = await run(['test', name, '--network', 'tesnet'])
    expect([status, notes]).toEqual([2, expect.stringContaining('Did you mean testnet?')])
  })
})

test('sign takes files and the API key of a client that may', async () => {
  const rules = {
    operations: ['sign:transaction'],
    networks: [testNetwork],
    recipients: [account],
    maximums: { [`${testNetwork}/slip44:283`]: '10' },
    fees: { [testNetwork]: '1000' },
  }
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  const at = { cwd: folder, env: { HOME: folder } }
  expect((await chancery(['rules', 'put', name, 'rules.json'], at)).status).toBe(0)
  const key = await data<Account[]>('list')
  const { id } = key.find(({ key: { alias } }) => alias === name)?.key ?? ({ id: '' } as Pick<Key, 'id'>)
  const made = await chancery(['clients', 'create', 'app', '--grant', `sign:transaction@${id}@*`, '--json'], at)
  const { secret } = JSON.parse(made.out) as { secret: string }
  writeFileSync(join(folder, 'api-key'), secret, { mode: 0o600 })
  const txn = payment(await suggested(nodeAt(algod.url)), { from: Address.fromString(account), amount: 7n })
  writeFileSync(join(folder, 'pay.txn'), txn.toByte())
  const flags = ['--in', 'pay.txn', '--out', 'pay.stxn', '--api-key-file', 'api-key', '--url', service.url]
  const signed = await run(['sign', name, ...net, ...flags])
  expect([signed.status, signed.notes]).toEqual([0, '1 signed, written to pay.stxn'])
  const { txn: inside } = decodeSignedTransaction(readFileSync(join(folder, 'pay.stxn')))
  expect(inside.txID()).toBe(txn.txID())
})

test('sign wants a multisig in the form of ARC-1', async () => {
  writeFileSync(join(folder, 'multisig.json'), '{ "version": 1, "threshold": "1", "addrs": [] }')
  for (const file of ['multisig.json', 'absent.json']) {
    const { status, notes } = await run(['sign', name, ...net, '--in', 'pay.txn', '--multisig', file])
    expect([status, notes]).toEqual([2, expect.stringContaining(`${file} is not of the form { "version": 1`)])
  }
})

describe('rotate', () => {
  test('keeps the account, and can be undone', async () => {
    const rotated = await run(['rotate', name, ...net])
    expect([rotated.status, rotated.notes]).toEqual([0, expect.stringMatching(new RegExp(`rotate ${name} --to key_`))])
    expect((await run(['address', name])).out).toBe(account)
    expect((await run(['test', name, ...net, '--submit'])).out).toMatch(/confirmed/)
    const undone = await run(['rotate', name, ...net, '--undo'])
    expect(undone.status).toBe(0)
    expect((await run(['address', name])).out).toBe(account)
    const nothing = await run(['rotate', name, ...net, '--undo'])
    expect([nothing.status, nothing.notes]).toEqual([2, expect.stringContaining('nothing to undo')])
  })
})

test('a rotation that fails says how to go on with the key it made', async () => {
  algod.faults.push({ path: '/v2/accounts', status: 500 })
  const failed = await run(['rotate', name, ...net])
  algod.faults.length = 0
  const [, to = ''] = /rotate confio-local-sponsor --to (key_\w+)/.exec(failed.notes) ?? []
  expect([failed.status, to]).toEqual([1, expect.stringMatching(/^key_/)])
  expect((await run(['rotate', name, ...net, '--to', to])).out).toContain(to)
  expect((await run(['rotate', name, ...net, '--undo'])).status).toBe(0)
})

describe('delete', () => {
  test('asks for the name, and refuses while the account holds anything', async () => {
    const mistyped = await run(['delete', name], { interactive: true, typed: 'something-else' })
    expect([mistyped.status, mistyped.notes]).toEqual([2, expect.stringContaining('nothing was deleted')])
    expect((await run(['delete', name])).notes).toContain('--yes')
    const rich = await run(['delete', name], { interactive: true, typed: name })
    expect([rich.status, rich.notes]).toEqual([1, expect.stringContaining('Something would be lost')])
  })

  test('is as careful where keys are scheduled, and forced by the same flag', async () => {
    const schedule = ['keys', 'schedule-deletion', name] as const
    const refused = await chancery(schedule, { cwd: folder, env: { HOME: folder } })
    expect([refused.status, refused.notes]).toEqual([1, expect.stringContaining('--force')])
    expect((await chancery([...schedule, '--force'], { cwd: folder, env: { HOME: folder } })).status).toBe(0)
    expect((await run(['cancel-deletion', name])).out).toMatch(/state +enabled/)
  })

  test('schedules when it is forced, and can be taken back', async () => {
    const forced = await run(['delete', name, '--force', '--yes', '--days', '7'])
    expect([forced.status, forced.out]).toEqual([0, expect.stringMatching(/state +pending-deletion/)])
    expect((await run(['test', name, ...net])).status).toBe(1)
    expect((await run(['cancel-deletion', name])).out).toMatch(/state +enabled/)
    expect((await run(['test', name, ...net])).status).toBe(0)
  })
})

describe('doctor', () => {
  test('is content with a migration that is done', async () => {
    const { status, out } = await run(['doctor'], { env: { ALGORAND_SPONSOR_ADDRESS: account } })
    expect([status, out]).toEqual([0, expect.stringContaining('made and verified')])
    expect(out).toMatch(/words in the environment: none/)
  })

  test('reports words by the name that holds them, and shows none', async () => {
    writeFileSync(join(folder, '.env.mainnet'), `A=1\nALGORAND_ADMIN_MNEMONIC="${words.join(' ')}"\n`)
    const { status, out } = await run(['doctor'], { env: { SPONSOR_WORDS: words.join(' ') } })
    expect(status).toBe(1)
    expect(out).toContain('the variable SPONSOR_WORDS')
    expect(out).toContain('.env.mainnet, line 2')
    expect(out).not.toContain(words.slice(0, 2).join(' '))
    rmSync(join(folder, '.env.mainnet'))
  })

  test('finds an address and an alias that are not here', async () => {
    const env = { ALGORAND_SPONSOR_ADDRESS: generateAccount().addr.toString(), KMS_KEY_ALIAS_MAINNET: 'nobody' }
    const { status, out } = await run(['doctor'], { env })
    expect([status, out]).toEqual([1, expect.stringMatching(/names no key here[^]*no account here/)])
  })
})
