/** A wallet's payments on a chain of nonces, against a real node. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/core/access.ts'
import { Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network, TransactionId, WalletId } from '../../src/core/names.ts'
import type { WalletPayment } from '../../src/core/payments.ts'
import { dayOf } from '../../src/core/period.ts'
import { noRules, type Rules } from '../../src/core/rules.ts'
import type { SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { startAnvil, type Anvil } from '../integration/anvil.ts'
import { standBetween, type Between } from '../integration/between.ts'
import {
  client,
  network as evm,
  openHouse,
  openSealed,
  removeFolder,
  someone,
  type TestHouse,
} from '../integration/house.ts'

const network: Network = evm
const wallet: WalletId = 'wal_01jd00000000000000000000aa'

let anvil: Anvil
let between: Between
let sealed: SealedBackend
let house: TestHouse
let key: KeyRecord
let app: Principal
let why: Refused | undefined
let end: Refused | undefined

beforeAll(async () => {
  anvil = await startAnvil()
  sealed = await openSealed()
})

afterAll(async () => {
  await anvil.close()
  await sealed.close()
})

beforeEach(async () => {
  between = await standBetween(anvil.url)
  why = undefined
  end = undefined
  const node = createEvmNode({ network, urls: [between.url], fees: 'auto', patience: 500 })
  house = await openHouse({
    sealed,
    networks: new Map([[network, { node, confirmations: 1n }]]),
    payingWallets: {
      accountOf: async () => ({ addresses: [String(key.address)], change: String(key.address) }),
      notePaid: async () => {},
      refusal: () => why,
      ended: () => end,
    },
  })
  key = await house.keyring.create({ backend: 'sealed', family: 'evm', kind: 'decoded' }, house.operator())
  app = await client(house, [{ operations: ['withdraw'], keys: [key.id], networks: '*' }])
  await anvil.fund(String(key.address))
})

afterEach(async () => {
  await house.close()
  await between.close()
  await removeFolder(house)
})

function rulesFor(amount: string, fee = '1000000000000000000'): Rules {
  return {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [someone],
    maximums: { [`${network}/slip44:60`]: amount },
    fees: { [network]: fee },
  }
}

const payment = (value: string, more: Partial<WalletPayment> = {}): WalletPayment => ({
  wallet,
  key: key.id,
  network,
  sender: String(key.address),
  purpose: 'withdrawal',
  right: 'withdraw',
  order: { value: { to: someone, value } },
  rules: rulesFor(value),
  windows: [],
  terms: { to: someone, amount: value },
  ...more,
})

const pay = (value: string, more: Partial<WalletPayment> = {}) =>
  house.relay.pay(() => payment(value, more), house.as(app))
const rowOf = async (id: TransactionId) => (await house.relay.payment(id, house.operator().deadline))?.row
const stands = async (id: TransactionId, wanted: object) => {
  await expect.poll(() => rowOf(id), { timeout: 10_000 }).toMatchObject(wanted)
}

test('a payment is mined, though the key itself may sign nothing', async () => {
  const before = BigInt(String(await anvil.rpc('eth_getBalance', someone, 'latest')))
  const sent = await Promise.all(['5', '6', '7'].map((value) => pay(value)))
  for (const { row } of sent) await stands(row.id, { state: 'final', wallet, body: { terms: { to: someone } } })
  expect(BigInt(String(await anvil.rpc('eth_getBalance', someone, 'latest')))).toBe(before + 18n)
  const asked = { key: key.id, operation: 'sign:transaction', network, value: { to: someone, value: '5' } } as const
  await expect(house.signing.sign(asked, house.as(app))).rejects.toMatchObject({ code: 'denied' })
  const listed = await house.relay.payments({ wallet }, { limit: 10 }, house.operator().deadline)
  expect(listed.map(({ id }) => id).toSorted()).toEqual(sent.map(({ row }) => row.id).toSorted())
})

describe('a payment is refused before anything is kept', () => {
  test('by rules that do not allow it', async () => {
    await expect(pay('5', { rules: rulesFor('4') })).rejects.toMatchObject({ code: 'denied' })
    await expect(pay('5', { rules: { ...rulesFor('5'), recipients: [] } })).rejects.toMatchObject({ code: 'denied' })
  })

  test('where the wallet holds less', async () => {
    await expect(pay('100000000000000000001')).rejects.toMatchObject({ code: 'insufficient-funds' })
  })

  test('with a nonce, and while the wallet is frozen', async () => {
    const order = { value: { to: someone, value: '1', nonce: 3 } }
    await expect(pay('1', { order })).rejects.toMatchObject({ code: 'invalid-payload' })
    why = new Refused('frozen', 'This wallet is frozen')
    await expect(pay('1')).rejects.toMatchObject({ code: 'frozen' })
  })

  test('past the limit of a window: a failed broadcast gives nothing back', async () => {
    const period = dayOf(Date.now())
    const root = (id: number): `0x${string}` => `0x${id.toString(16).padStart(64, '0')}`
    const window = (id: number) =>
      ({ kind: 'window', scope: 'w', period, amount: 5n, limit: 10n, root: root(id) }) as const
    between.treat = (method) => (method === 'eth_sendRawTransaction' ? { pass: false, answer: 'drop' } : undefined)
    await pay('5', { windows: [window(1)] })
    await pay('5', { windows: [window(2)] })
    await expect(pay('5', { windows: [window(3)] })).rejects.toMatchObject({
      code: 'limit-reached',
      particulars: { got: '15', wanted: '10' },
    })
    expect(await house.relay.payments({ wallet }, { limit: 10 }, house.operator().deadline)).toHaveLength(2)
  })
})

test('one that was accepted waits while its wallet is frozen, with its reason, and goes on afterwards', async () => {
  between.treat = (method) => (method === 'eth_chainId' ? { pass: false, answer: 'drop' } : undefined)
  const { row } = await pay('5')
  await stands(row.id, { state: 'accepted', body: { error: { code: 'node-unavailable' } } })
  why = new Refused('frozen', 'This wallet is frozen')
  between.treat = () => undefined
  await stands(row.id, { state: 'accepted', body: { error: { code: 'frozen' } } })
  expect(between.seen.map(({ method }) => method)).not.toContain('eth_sendRawTransaction')
  why = undefined
  await stands(row.id, { state: 'final' })
})

test('one frozen between the decision and its record is judged under the new state, and is not signed', async () => {
  let asked = 0
  between.treat = (method) => {
    if (method === 'eth_estimateGas' && asked++ === 0) why = new Refused('frozen', 'This wallet is frozen')
    return undefined
  }
  const { row } = await pay('5')
  await stands(row.id, { state: 'accepted', body: { error: { code: 'frozen' } } })
  expect(row.nonce).toBeUndefined()
  why = undefined
  await stands(row.id, { state: 'final' })
})

describe('while an old signer pays from the wallet again', () => {
  const ended = new Refused('wallet-state', 'This wallet pays from elsewhere, not from here')

  test('nothing is accepted, and what holds no nonce fails, even where everything is frozen', async () => {
    between.treat = (method) => (method === 'eth_chainId' ? { pass: false, answer: 'drop' } : undefined)
    const { row } = await pay('5')
    await stands(row.id, { state: 'accepted', body: { error: { code: 'node-unavailable' } } })
    await house.freezing.freeze({ everything: true }, house.operator())
    end = ended
    await stands(row.id, { state: 'failed', body: { error: { code: 'wallet-state' } } })
    await house.freezing.thaw({ everything: true }, house.operator())
    await expect(pay('5')).rejects.toMatchObject({ code: 'wallet-state' })
    end = undefined
    between.treat = () => undefined
    expect(await rowOf(row.id)).toMatchObject({ state: 'failed' })
    expect(between.seen.map(({ method }) => method)).not.toContain('eth_sendRawTransaction')
  })

  test('one that was about to be recorded with its nonce fails instead', async () => {
    between.treat = (method) => {
      if (method === 'eth_estimateGas') end = ended
      return undefined
    }
    const { row } = await pay('5')
    await stands(row.id, { state: 'failed', body: { error: { code: 'wallet-state' } } })
    expect((await rowOf(row.id))?.nonce).toBeUndefined()
  })

  test('what has its nonce is sent and mined', async () => {
    between.treat = (method) => (method === 'eth_sendRawTransaction' ? { pass: false, answer: 'drop' } : undefined)
    const { row } = await pay('5')
    await stands(row.id, { state: 'signed' })
    end = ended
    between.treat = () => undefined
    await stands(row.id, { state: 'final' })
    expect((await rowOf(row.id))?.nonce).toBe(0n)
  })
})
