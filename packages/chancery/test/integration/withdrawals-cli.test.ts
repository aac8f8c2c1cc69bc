/** `chancery withdrawals …`, and what `chancery wallets` pays, against the composed service and a chain of coins: one story, in order. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { DepositAddress, Wallet, Withdrawal, WithdrawalSummary } from '@chancery/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { walletExample } from '../../src/http/routes/examples.ts'
import { chancery, type At } from '../cli/terminal.ts'
import { createCoinLedger } from '../relay/coin-ledger.ts'
import { startCoinServer, type CoinServer } from '../relay/coin-server.ts'
import { openService, type TestService } from './service.ts'

const network = walletExample.chain
const asset = `${network}/slip44:1`
const payee = 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx'
const treasury = 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7'
const ledger = createCoinLedger(network)

let server: CoinServer
let service: TestService
let secret = ''
let wallet: Wallet

beforeAll(async () => {
  server = await startCoinServer(ledger.node, network.slice('bip122:'.length).padEnd(64, '0'))
  service = await openService({
    configuration: { networks: [{ id: network, esplora: [server.url.href], confirmations: 1 }] },
  })
  const { clients, wallets, walletPolicy } = service.operator
  const grants = [{ operations: ['wallets:read', 'withdraw', 'sweep'], keys: '*', networks: '*' }] as const
  secret = (await clients.create({ name: 'exchange', grants })).secret
  await writeFile(join(service.folder, 'exchange.key'), `${secret}\n`, { mode: 0o600 })
  const rules = [{ name: 'small', asset, recipients: '*', maximum: '200000', maximumFee: '20000' }] as const
  await walletPolicy.put({ rules, treasury: { [network]: [treasury] }, sweepFees: { [network]: '20000' } }, 0)
  wallet = await wallets.create({ userId: '123', asset: 'BTC', network, tier: 'hd' })
  pays(500_000n, 400_000n)
}, 60_000)

afterAll(async () => {
  await service.end()
  await server.close()
})

function pays(...amounts: readonly bigint[]): void {
  ledger.deposit(wallet.address ?? '', ...amounts)
  ledger.mine()
}

/** As the operator of this machine. */
const look = (...args: readonly string[]) =>
  chancery([...args, '--data-dir', service.dataDir], { cwd: service.folder, env: { HOME: service.folder } })

const asClient = (at: Partial<At>, ...args: readonly string[]) =>
  chancery([...args, '--data-dir', service.dataDir, '--url', service.url], {
    cwd: service.folder,
    env: { HOME: service.folder },
    ...at,
  })

const act = (...args: readonly string[]) => asClient({}, ...args, '--api-key-file', 'exchange.key')

async function data<T>(ran: ReturnType<typeof chancery>): Promise<T> {
  const { status, out, notes } = await ran
  expect([status, notes.replaceAll(/^Its Idempotency-Key .*$/gm, '')]).toEqual([0, ''])
  return JSON.parse(out) as T
}

const listed = () => data<readonly WithdrawalSummary[]>(look('withdrawals', 'list', wallet.id, '--json'))
const idsListed = async () => (await listed()).map(({ id }) => id)
const payment = (amount: string, ...more: readonly string[]) =>
  act('withdrawals', 'create', wallet.id, '--to', payee, '--amount', amount, ...more)

describe('a withdrawal', () => {
  test('is paid once, however often its command is repeated, and its key says how to repeat it', async () => {
    const [first, second] = [await payment('10000'), await payment('10000')]
    expect([first.status, second.status]).toEqual([0, 0])
    const [, key = ''] = /^Its Idempotency-Key is (pay-[0-9a-f]{32}), of .* another --key$/.exec(first.notes) ?? []
    expect(second.notes).toBe(first.notes)
    const named = await payment('10000', '--key', key)
    expect(named.notes).toBe('')
    const ids = [first, second, named].map(({ out }) => /^id +(txn_\w+)$/m.exec(out)?.[1])
    expect(new Set(ids).size).toBe(1)
    expect((await listed()).map(({ id, amount }) => [id, amount])).toEqual([[ids[0], '10000']])
  })

  test('that is wanted in other words under the key that was made is refused, and says how to pay once more', async () => {
    const dearer = await payment('10000', '--fee-rate', '9000')
    expect([dearer.status, dearer.out]).toEqual([1, ''])
    expect(dearer.notes).toContain('This Idempotency-Key was used for another request')
    expect(dearer.notes).toContain(`chancery withdrawals list ${wallet.id}`)
    const more = await data<Withdrawal>(payment('10000', '--key', 'again', '--json'))
    expect(await idsListed()).toContain(more.id)
  })

  test('under a key of its own is no other amount', async () => {
    const { id } = await data<Withdrawal>(payment('20000', '--key', 'withdrawal-815', '--json'))
    expect((await data<Withdrawal>(payment('20000', '--key', 'withdrawal-815', '--json'))).id).toBe(id)
    expect((await payment('30000', '--key', 'withdrawal-815')).notes).toContain('used for another request')
  })

  test('whose answer is lost is found by the key that was said before', async () => {
    const [url, close] = await deaf()
    const words = ['withdrawals', 'create', wallet.id, '--to', payee, '--amount', '40000', '--json']
    const lost = await chancery([...words, '--url', url, '--api-key-file', 'exchange.key'], { cwd: service.folder })
    close()
    expect([lost.status, lost.out]).toEqual([1, ''])
    const [, key = ''] = /^Whether it was accepted is not known: repeat it with --key (\S+)$/m.exec(lost.notes) ?? []
    const found = await data<Withdrawal>(payment('40000', '--key', key, '--json'))
    const those = (await listed()).filter(({ amount }) => amount === '40000')
    expect(those.map(({ id }) => id)).toEqual([found.id])
  })

  test('is waited for, as far as is asked for', async () => {
    const sent = await payment('50000', '--wait', '30s', '--until', 'broadcast')
    expect([sent.status, sent.out]).toEqual([0, expect.stringMatching(/^state +broadcast$/m)])
    const late = await payment('50000', '--wait', '1s')
    const [, id = ''] = /^id +(\w+)$/m.exec(late.out) ?? []
    expect(late.status).toBe(1)
    expect(late.notes).toContain(
      `It is not final yet, and goes on by itself: chancery withdrawals show ${id} --wait 10m`,
    )
    ledger.mine()
    const shown = await look('withdrawals', 'show', id, '--wait', '1m', '--until', 'mined')
    expect([shown.status, shown.notes]).toEqual([0, ''])
    expect(shown.out).toMatch(/^state +(mined|final)$/m)
  }, 60_000)

  test.each([
    ['--to', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsy', /checksum is wrong .*got tb1qw.*zsy/],
    ['--to', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', /another network, BTC mainnet, .*got bc1q/],
    ['--amount', '300000', /small maximum: got 300000, allowed .*200000/],
    ['--amount', '0', /amount: got 0, allowed at least 1/],
    ['--asset', 'DOGE', /got DOGE, wanted BTC/],
  ])('with %s %s is refused with what was got, and accepts nothing', async (flag, value, sentence) => {
    const before = await idsListed()
    const { status, out, notes } = await payment('1000', flag, value)
    expect([status, out]).toEqual([1, ''])
    expect(notes).toMatch(sentence)
    expect(notes).not.toContain('Idempotency-Key')
    expect(await idsListed()).toEqual(before)
  })
})

/** A way to the service on which every request arrives, and no answer. */
async function deaf(): Promise<readonly [string, () => void]> {
  const way = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const [name, credential] = [String(headers['idempotency-key']), String(headers['x-api-key'])]
    const carried = text(request).then((body) =>
      service.ask(method as 'POST', url, {
        body,
        headers: { 'content-type': 'application/json', 'idempotency-key': name, 'x-api-key': credential },
      }),
    )
    void carried.then(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  return [`http://127.0.0.1:${(way.address() as AddressInfo).port}`, () => void way.close()]
}

describe('who asks', () => {
  test('types the API key where no file of it is named, and it is not repeated', async () => {
    const args = ['withdrawals', 'list', wallet.id]
    const ran = await asClient({ typed: secret }, ...args)
    expect([ran.status, ran.out]).toEqual([0, expect.stringMatching(/^id .*state +txid$/m)])
    const wrong = await asClient({ typed: `${secret}x` }, ...args)
    expect(wrong.status).toBe(1)
    expect(wrong.notes).not.toContain(secret)
  })

  test('is told what is no API key, before anything is sent', async () => {
    await writeFile(join(service.folder, 'two-lines'), `client cli_1\napi key ${secret}\n`, { mode: 0o600 })
    await writeFile(join(service.folder, 'open.key'), secret, { mode: 0o644 })
    const by = (file: string) =>
      asClient({}, 'withdrawals', 'create', wallet.id, '--to', payee, '--amount', '1', '--api-key-file', file)
    const two = await by('two-lines')
    expect([two.status, two.notes]).toEqual([2, expect.stringContaining('two-lines is no API key')])
    expect(two.notes).not.toContain(secret)
    expect((await by('open.key')).notes).toContain('Others may read open.key')
  })

  test('is shown payments as the operator too, and pays nothing as such', async () => {
    const [one] = await listed()
    const { out } = await look('withdrawals', 'show', one?.id ?? '')
    expect(out).toMatch(/^fee at most +20000$/m)
    expect(JSON.parse((await look('withdrawals', 'list', wallet.id, '--state', 'failed', '--json')).out)).toEqual([])
    expect((await look('withdrawals', 'list', wallet.id, '--state', 'lost')).status).toBe(1)
    await expect(service.operator.withdrawals.sweep({ wallet: wallet.id })).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('a fee', () => {
  test('is raised for the same payment, and nobody is paid twice', async () => {
    const { id } = await data<Withdrawal>(payment('60000', '--wait', '30s', '--until', 'broadcast', '--json'))
    const raised = await act('withdrawals', 'raise-fee', id, '--fee-rate', '20000')
    expect([raised.status, raised.notes]).toEqual([0, ''])
    expect(raised.out).toContain(id)
    await expect
      .poll(async () => (await data<Withdrawal>(look('withdrawals', 'show', id, '--json'))).txids)
      .toHaveLength(2)
    expect((await look('withdrawals', 'show', id)).out).toMatch(/^took the place of +[0-9a-f]{64}$/m)
    const again = await act('withdrawals', 'raise-fee', id, '--fee-rate', '20000')
    expect([again.status, again.out]).toEqual([0, (await look('withdrawals', 'show', id)).out])
  })

  test('is paid by a child', async () => {
    const { id } = await data<Withdrawal>(payment('70000', '--wait', '30s', '--until', 'broadcast', '--json'))
    const child = await act('withdrawals', 'pay-for-parent', id, '--fee-rate', '20000')
    expect([child.status, child.notes]).toEqual([0, expect.stringMatching(/^Its Idempotency-Key is child-\S+, /)])
    expect(child.out).not.toContain(id)
    const again = await act('withdrawals', 'pay-for-parent', id, '--fee-rate', '20000')
    expect(again.out.split('\n')[0]).toBe(child.out.split('\n')[0])
    const dearer = await act('withdrawals', 'pay-for-parent', id, '--fee-rate', '30000')
    expect([dearer.status, dearer.notes]).toEqual([1, expect.stringContaining('It has a child already')])
  })
})

describe('a wallet', () => {
  test('shows its addresses, and gets one more', async () => {
    const made = await look('wallets', 'address', wallet.id, '--new')
    expect([made.status, made.out]).toEqual([0, expect.stringMatching(/^for +deposits$/m)])
    const all = await data<readonly DepositAddress[]>(look('wallets', 'address', wallet.id, '--json'))
    expect(all.map(({ address }) => address)).toContain(wallet.address)
    expect(made.out).toContain(all.findLast(({ change }) => !change)?.address)
    expect((await look('wallets', 'address', wallet.id)).out).toMatch(/^address +path +for +made$/m)
  })

  test('makes its coins one, and gives everything up to the treasury', async () => {
    ledger.mine()
    pays(60_000n, 50_000n)
    const merged = await act('wallets', 'consolidate', wallet.id)
    expect([merged.status, merged.notes]).toEqual([0, expect.stringMatching(/^Its Idempotency-Key is (merge-\S+), /)])
    const [, id = ''] = /^id +(\w+)$/m.exec(merged.out) ?? []
    const [, key = ''] = /--key (merge-\S+), /.exec(merged.notes) ?? []
    expect((await act('wallets', 'consolidate', wallet.id, '--key', key)).out).toContain(id)
    expect((await look('withdrawals', 'show', id, '--wait', '30s', '--until', 'broadcast')).status).toBe(0)
    ledger.mine()
    const swept = await act('wallets', 'sweep', wallet.id, '--wait', '30s', '--until', 'broadcast')
    expect([swept.status, swept.out]).toEqual([0, expect.stringMatching(/^purpose +sweep$/m)])
    expect(swept.out).toContain(treasury)
    expect(swept.out).not.toMatch(/^amount/m)
    ledger.mine()
    expect(ledger.held(wallet.address ?? '')).toBe(0n)
    expect(ledger.doubleSpent()).toBe(false)
  }, 60_000)

  test('is swept nowhere else', async () => {
    const { status, notes } = await act('wallets', 'sweep', wallet.id, '--to', payee, '--key', 'elsewhere')
    expect([status, notes]).toEqual([1, expect.stringContaining('The policy of wallets does not allow it')])
  })
})
