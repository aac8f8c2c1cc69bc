/** Errors that are a part of a reply: each as the document says, and what hundreds are answered with is one line of the log. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { Services } from '../../src/core/services.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { examplesOf } from '../../src/http/examples.ts'
import { walletImportRoutes } from '../../src/http/routes/wallet-imports.ts'
import { createServer } from '../../src/http/server.ts'
import { brokenPromise } from '../integration/promises.ts'
import { agreeing, apiKey } from './fakes.ts'

async function post(path: string, wallets: Partial<Services['wallets']>, body: object) {
  const logged: string[] = []
  const log = { info() {}, error: (_: object, text: string) => void logged.push(text) }
  const auth = { scheme: 'api-key' } as const
  const options: HttpOptions = { clock: systemClock, auth, version: '0.0.0', observability: 'open', log }
  const services = agreeing()
  const serving = { ...services, wallets: { ...services.wallets, ...wallets } }
  const headers = { host: 'localhost', 'x-api-key': apiKey }
  const reply = await createServer(serving, options).app.inject({ method: 'POST', url: path, headers, payload: body })
  const type = { 'content-type': String(reply.headers['content-type']) }
  const broken = brokenPromise({ method: 'POST', path, status: reply.statusCode, headers: type, body: reply.body })
  return { reply, logged, broken }
}

test('one error of many items of a batch is logged once, and said of each', async () => {
  const unbegun = new Failed('overloaded', 'no time', { particulars: { retryAfter: 1 } })
  const lost = new Failed('backend-unavailable', 'no answer')
  const { reply, logged, broken } = await post(
    '/v1/wallets/batch',
    { createMany: async () => [lost, unbegun, unbegun, unbegun] },
    { wallets: Array.from({ length: 4 }, (_, i) => ({ userId: String(i), asset: 'BTC' })) },
  )
  const { answers } = reply.json<{ answers: { problem: { code: string; status: number; retryAfter?: number } }[] }>()
  expect(answers.map(({ problem }) => problem.code)).toEqual(['backend-unavailable', ...Array(3).fill('overloaded')])
  expect(answers.at(-1)?.problem).toMatchObject({ status: 503, retryAfter: 1, detail: 'no time' })
  expect(logged).toEqual(['no answer', 'no time'])
  expect(broken).toBeUndefined()
})

test('the problem of a plan is one as the document says', async () => {
  const problem = new Refused('already-exists', 'another has it', { got: 'x' })
  const planImport = async () => ({ step: 'mend', problem }) as const
  const { body = {} } = examplesOf([...walletImportRoutes]).find(({ id }) => id === 'planWalletImport') ?? {}
  const { reply, logged, broken } = await post('/v1/wallets/plan', { planImport }, Object.assign({}, body))
  expect(reply.json()).toMatchObject({ problem: { code: 'already-exists', status: 409, got: 'x' } })
  expect([broken, logged]).toEqual([undefined, []])
})
