/** What AWS calls the key of a wallet is told to administrators, in errors too. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { Operation } from '../../src/core/names.ts'
import type { Services } from '../../src/core/services.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { walletExample } from '../../src/http/routes/examples.ts'
import { createServer } from '../../src/http/server.ts'
import { transactionView } from '../../src/http/transaction-views.ts'
import { agreeing, apiKey, final, principal } from './fakes.ts'

const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const particulars = { got: arn, hint: `aws kms enable-key --key-id ${arn}` }
const disabled = new Refused('key-state', `The key ${arn} is disabled in AWS KMS`, particulars)
const down = new Failed('backend-denied', `AWS does not allow kms:Sign on ${arn}: grant it`)

async function ask(operation: Operation, wallets: Partial<Services['wallets']>, path: string, payload?: object) {
  const options: HttpOptions = {
    clock: systemClock,
    auth: { scheme: 'api-key' },
    version: '0.0.0',
    observability: 'open',
  }
  const services = agreeing()
  const grants = [{ operations: [operation], keys: '*', networks: '*' }] as const
  const authenticator = { ...services.authenticator, authenticate: async () => ({ ...principal, grants }) }
  const serving = { ...services, authenticator, wallets: { ...services.wallets, ...wallets } }
  const headers = { host: 'localhost', 'x-api-key': apiKey }
  const asked = { url: path, headers, ...(payload && { payload }) }
  return (await createServer(serving, options).app.inject({ method: payload ? 'POST' : 'GET', ...asked })).body
}

const throwing = (error: Error) => async () => {
  throw error
}

describe('an error that names a key in AWS', () => {
  const one = `/v1/wallets/${walletExample.id}`

  test.each([disabled, down])('tells who may read wallets all but the name: %s', async (error) => {
    const told = await ask('wallets:read', { get: throwing(error) }, one)
    expect(told).toContain(error.code)
    expect(told).toContain('(named to administrators)')
    expect(told).not.toMatch(/111122223333|1234abcd/)
  })

  test('tells an administrator the name', async () => {
    expect(await ask('admin', { get: throwing(disabled) }, one)).toContain(arn)
  })

  test('is no other where it is one answer of many', async () => {
    const body = { wallets: [{ userId: '1', asset: 'BTC' }] }
    const told = await ask('wallets:create', { createMany: async () => [disabled] }, '/v1/wallets/batch', body)
    expect(told).toContain('(named to administrators)')
    expect(told).not.toMatch(/111122223333|1234abcd/)
  })

  test('is no other on a payment that waits for it; on a transaction of no wallet it is whole', () => {
    const error = { code: 'key-state', detail: disabled.message, ...particulars }
    const row = { ...final.row, body: { error, replacementError: error } }
    expect(JSON.stringify(transactionView({ ...row, wallet: walletExample.id }))).not.toMatch(/111122223333|1234abcd/)
    expect(transactionView(row).details.error).toEqual(error)
  })
})
