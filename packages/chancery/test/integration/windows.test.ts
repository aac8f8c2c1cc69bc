/** A window through the flow of a signature: claimed by a chain, or by the service that asks. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { sha256, toHex, utf8 } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Chain } from '../../src/core/chain.ts'
import type { WindowClaim } from '../../src/core/claim.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { dayOf } from '../../src/core/period.ts'
import type { SignRequest } from '../../src/core/services.ts'
import type { Store } from '../../src/core/store.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { createVerifier } from '../../src/signing/verification/verifier.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import {
  client,
  network,
  openHouse,
  payingKey,
  payment,
  removeFolder,
  signer,
  type TestHouse,
  type TestParts,
} from './house.ts'

interface Opened {
  readonly house: TestHouse
  readonly key: KeyRecord
  readonly app: Principal
}

const open: TestHouse[] = []

afterEach(async () => {
  for (const house of open.splice(0)) {
    await house.close()
    await removeFolder(house)
  }
})

async function start(parts: TestParts = {}): Promise<Opened> {
  const house = await openHouse(parts)
  open.push(house)
  const key = await payingKey(house)
  return { house, key, app: await client(house, signer(key)) }
}

function window(amount: bigint, limit: bigint, name: string): WindowClaim {
  const period = dayOf(systemClock.now())
  return { kind: 'window', scope: 'spending', period, amount, limit, root: toHex(sha256(utf8(name))) }
}

function sign({ house, key, app }: Opened, nonce: number, more: Partial<SignRequest> = {}, value = '5') {
  const request = { key: key.id, operation: 'sign:transaction', network, value: payment(nonce, value) } as const
  return house.signing.sign({ ...request, ...more }, house.as(app))
}

const totals = async ({ house }: Opened) =>
  (await house.store.windowTotals(undefined, 10, house.operator().deadline)).rows.map(({ total }) => total)

const findings = async ({ house }: Opened) =>
  (await verifyRegister(sourceOf(house.store, systemClock), { witness: house.witness.seen() })).findings

/** Every transfer counts, up to 12 a day. */
function counting(chain: Chain): Chain {
  return {
    ...chain,
    facts: (intent, publicKey) => {
      const facts = chain.facts(intent, publicKey)
      const amount = facts.effects.reduce((sum, effect) => sum + (effect.kind === 'transfer' ? effect.amount : 0n), 0n)
      return { ...facts, claims: [...facts.claims, window(amount, 12n, JSON.stringify(intent.summary))] }
    },
  }
}

describe('a window that a chain claims', () => {
  test('refuses what does not fit, and takes nothing else for it', async () => {
    const opened = await start({ chains: [counting(createEvm({ networks: [{ network }], assets: [] }))] })
    await sign(opened, 0)
    await sign(opened, 0)
    await sign(opened, 1)
    expect(await totals(opened)).toEqual([10n])
    await expect(sign(opened, 2)).rejects.toMatchObject({
      name: 'Refused',
      code: 'limit-reached',
      particulars: { where: `spending ${dayOf(systemClock.now())}`, got: '15', wanted: '12' },
    })
    await sign(opened, 2, {}, '2')
    await sign(opened, 1)
    expect(await totals(opened)).toEqual([12n])
    expect(await findings(opened)).toEqual([])
    const { entries } = await opened.house.store.latestEntries({ limit: 100 }, opened.house.operator().deadline)
    const refused = entries.filter(({ body }) => body.includes('"limit-reached"'))
    expect(refused).toHaveLength(1)
  })
})

describe('a window that the asking service claims', () => {
  test('is used up for good when the signature fails', async () => {
    const verifier = createVerifier()
    const broken = { on: false }
    const normalise: typeof verifier.normalise = async (...args) => {
      if (broken.on) throw new RangeError('not by this key')
      return verifier.normalise(...args)
    }
    const opened = await start({ verifier: { ...verifier, normalise } })
    broken.on = true
    const first = { windows: [window(8n, 10n, 'a')] }
    await expect(sign(opened, 0, first)).rejects.toMatchObject({ code: 'bad-signature' })
    expect(await totals(opened)).toEqual([8n])
    broken.on = false
    await sign(opened, 0, first)
    await expect(sign(opened, 1, { windows: [window(8n, 10n, 'b')] })).rejects.toMatchObject({ code: 'limit-reached' })
    expect(await totals(opened)).toEqual([8n])
    await verifier.close()
  })

  test('answers a repeated request, full as it is', async () => {
    const opened = await start()
    const idempotency = { route: 'sign', key: 'once', bodyHash: '0x01' } as const
    const asked = { windows: [window(10n, 10n, 'a')], idempotency }
    const first = await sign(opened, 0, asked)
    expect((await sign(opened, 0, asked)).signed.result).toEqual(first.signed.result)
    expect(await totals(opened)).toEqual([10n])
  })

  test('with room for 50 lets exactly 50 of 200 be signed at once', async () => {
    const opened = await start()
    const asked = Array.from({ length: 200 }, (_, n) => sign(opened, n, { windows: [window(2n, 101n, `at ${n}`)] }))
    const done = await Promise.allSettled(asked)
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(50)
    const refused = done.flatMap((one): readonly unknown[] => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused).toHaveLength(150)
    for (const reason of refused) expect(reason).toMatchObject({ code: 'limit-reached' })
    expect(await totals(opened)).toEqual([100n])
  })

  test('is refused when the period is over, and when one root comes with two amounts', async () => {
    const opened = await start()
    const yesterday = { ...window(1n, 10n, 'a'), period: dayOf(systemClock.now() - 86_400_000) }
    await expect(sign(opened, 0, { windows: [yesterday] })).rejects.toMatchObject({ code: 'version-conflict' })
    await sign(opened, 0, { windows: [window(1n, 10n, 'a')] })
    const other = sign(opened, 1, { windows: [window(2n, 10n, 'a')] })
    await expect(other).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
  })
})

describe("the store's clock", () => {
  const asked = { apart: 0, times: 0 }

  async function startApart(): Promise<Opened> {
    const folder = await mkdtemp(join(tmpdir(), 'chancery-house-'))
    const real = await openSqlite({ path: join(folder, 'data', 'store.sqlite'), clock: systemClock })
    const time: Store['time'] = async () => {
      asked.times += 1
      return systemClock.now() + asked.apart
    }
    asked.times = 0
    return start({ folder, store: { ...real, time } })
  }

  test('is not asked for signatures without windows, and once for many with', async () => {
    asked.apart = 0
    const opened = await startApart()
    await sign(opened, 0)
    expect(asked.times).toBe(0)
    await Promise.all([1, 2, 3].map((n) => sign(opened, n, { windows: [window(1n, 10n, `at ${n}`)] })))
    await sign(opened, 4, { windows: [window(1n, 10n, 'at 4')] })
    expect(asked.times).toBe(1)
  })

  test('more than two seconds away lets nothing be counted, and everything else be signed', async () => {
    asked.apart = 2_500
    const opened = await startApart()
    const doubtful = sign(opened, 0, { windows: [window(1n, 10n, 'a')] })
    await expect(doubtful).rejects.toMatchObject({ name: 'Failed', code: 'clock-in-doubt' })
    await sign(opened, 0)
    expect(await totals(opened)).toEqual([])
  })
})
