/** Wallets by the thousand: what the client asks for at once, what it asks for again, and when it gives up. */
import { describe, expect, test } from 'vitest'
import { walletExample } from '../../chancery/src/http/routes/examples.ts'
import { ChanceryError } from '../src/errors.ts'
import { createAll, type MadeWallet } from '../src/many-wallets.ts'
import type { CreateWallet, WalletsCreated } from '../src/types.ts'

type Answers = WalletsCreated['answers']
type Answer = Answers[number]

const requests = (count: number): readonly CreateWallet[] =>
  Array.from({ length: count }, (_, i) => ({ userId: `user ${i}`, asset: 'BTC' }))
const made: Answer = { wallet: walletExample }
const problem = (code: string, retryAfter?: number): Answer => ({
  problem: {
    type: `urn:chancery:problem:${code}`,
    title: code,
    status: 503,
    detail: `it is ${code}`,
    code,
    instance: 'urn:chancery:request:1',
    ...(retryAfter === undefined ? {} : { retryAfter }),
  },
})

/** A service whose answers take as long as they are said to, by a clock of their own. */
function service(answer: (request: CreateWallet) => Answer, milliseconds: (wallets: number) => number = () => 0) {
  let time = 0
  const [sizes, waits]: [number[], number[]] = [[], []]
  const createMany = async (some: readonly CreateWallet[]): Promise<Answers> => {
    sizes.push(some.length)
    time += milliseconds(some.length)
    return some.map(answer)
  }
  const wait = async (pause: number) => {
    waits.push(pause)
    time += pause
  }
  const run = async (count: number): Promise<readonly MadeWallet[]> => {
    const all: MadeWallet[] = []
    for await (const one of createAll(createMany, requests(count), { now: () => time, wait })) all.push(one)
    return all
  }
  return { sizes, waits, run, createMany, wait }
}

describe('the size of a request', () => {
  test('grows where wallets are made quickly, to what the route takes', async () => {
    const { sizes, run } = service(() => made)
    expect((await run(2_000)).length).toBe(2_000)
    expect(sizes).toEqual([16, 32, 64, 128, 256, 500, 500, 500, 4])
  })

  test('stays where a KMS makes four a second, so that progress shows every few seconds', async () => {
    const { sizes, run } = service(
      () => made,
      (count) => 250 * count,
    )
    await run(64)
    expect(sizes).toEqual([16, 16, 16, 16])
  })

  test('shrinks where they take longer than is waited for', async () => {
    const { sizes, run } = service(
      () => made,
      (count) => 2_000 * count,
    )
    await run(32)
    expect(sizes).toEqual([16, ...Array.from({ length: 8 }, () => 2)])
  })

  test('is what a few seconds take as soon as the first are made, after thousands that were there before', async () => {
    let found = 0
    const { sizes, run } = service(
      () => made,
      (count) => ((found += count) <= 1_500 ? count : 70 * count),
    )
    await run(3_000)
    expect(sizes.slice(0, 9)).toEqual([16, 32, 64, 128, 256, 500, 500, 500, 71])
  })
})

describe('a wallet there was no time for', () => {
  test.each(['overloaded', 'backend-throttled', 'wallet-state'])(
    '(%s) is asked for again, after as long as is said',
    async (code) => {
      const seen = new Map<string, number>()
      const { run, waits } = service(({ userId }) => {
        const times = (seen.get(userId) ?? 0) + 1
        seen.set(userId, times)
        return times === 1 && Number(userId.slice(5)) % 3 === 0 ? problem(code, 2) : made
      })
      const all = await run(40)
      expect(all.every(({ wallet }) => wallet !== undefined)).toBe(true)
      expect(all.map(({ request }) => request.userId).toSorted()).toEqual(
        requests(40)
          .map(({ userId }) => userId)
          .toSorted(),
      )
      for (const pause of waits) expect(pause >= 2_000 && pause <= 2_500).toBe(true)
    },
  )

  test('is given up, with the rest, once ten requests in a row made nothing', async () => {
    const { run, sizes } = service(() => problem('backend-throttled', 1))
    const all = await run(50)
    expect([all.length, sizes.length]).toEqual([50, 10])
    expect(new Set(all.map(({ problem: why }) => why?.code))).toEqual(new Set(['backend-throttled']))
    expect(all.map(({ request }) => request)).toEqual(requests(50))
  })
})

test('what is refused is told, and hinders no other', async () => {
  const { run, waits } = service(({ userId }) => (userId === 'user 3' ? problem('already-exists') : made))
  const all = await run(20)
  const refused = all.filter(({ wallet }) => wallet === undefined)
  expect(refused.map(({ request, problem: why }) => [request.userId, why?.code])).toEqual([
    ['user 3', 'already-exists'],
  ])
  expect([all.length, waits]).toEqual([20, []])
})

describe('a request that fails as a whole', () => {
  const failing = async (error: Error) => {
    const { createMany, wait } = service(() => made)
    let failed = false
    const once = (some: readonly CreateWallet[]): Promise<Answers> => {
      if (failed) return createMany(some)
      failed = true
      return Promise.reject(error)
    }
    const all: MadeWallet[] = []
    for await (const one of createAll(once, requests(20), { wait })) all.push(one)
    return all
  }

  test('is sent again where the service says that it may pass', async () => {
    const all = await failing(new ChanceryError('rate-limited', 429, 'too many', { retryAfter: 1 }))
    expect(all.filter(({ wallet }) => wallet !== undefined).length).toBe(20)
  })

  test('ends it otherwise: the same requests again go on', async () => {
    await expect(failing(new ChanceryError('unreachable', 0, 'gone'))).rejects.toMatchObject({ code: 'unreachable' })
  })
})
