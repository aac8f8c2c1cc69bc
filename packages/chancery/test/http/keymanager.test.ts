/** The Keymanager API: statuses, order and errors as https://github.com/ethereum/keymanager-APIs has them. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Refused } from '../../src/core/errors.ts'
import type { Services } from '../../src/core/services.ts'
import type { Validators } from '../../src/core/validators.ts'
import { publicKeyExample, signatureExample } from '../../src/http/compat/eth2/shapes.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, validatorKey } from './fakes.ts'

function having(change: Partial<Validators> = {}): Services {
  const services = agreeing()
  return { ...services, ...(services.validators && { validators: { ...services.validators, ...change } }) }
}

interface Asking {
  readonly body?: unknown
  readonly token?: string
  readonly services?: Services
}

function ask(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  { body, token = apiKey, services = having() }: Asking = {},
) {
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
  return createServer(services, options).app.inject({
    method,
    url,
    headers: {
      host: 'localhost',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  })
}

const keystores = '/eth/v1/keystores'

describe('the token', () => {
  test.each([
    ['missing', '', 401],
    ['wrong', 'chancery_wrong', 403],
    ['right', apiKey, 200],
  ])('%s: the answer to %j is %i', async (_, token, status) => {
    const reply = await ask('GET', keystores, { token })
    expect(reply.statusCode).toBe(status)
    if (status !== 200) expect(reply.json()).toMatchObject({ message: expect.any(String), code: 'unauthenticated' })
  })

  test('of a client without the right gets 403', async () => {
    const refusing = having({ import: () => Promise.reject(new Refused('denied', 'No grant allows keys:create here')) })
    const reply = await ask('POST', keystores, { body: { keystores: [], passwords: [] }, services: refusing })
    expect([reply.statusCode, reply.json()]).toMatchObject([403, { message: 'No grant allows keys:create here' }])
  })

  test('no address and no machine stands in for it', async () => {
    const services = having()
    const open = { ...services, authenticator: { authenticate: async () => Promise.reject(new Error('asked')) } }
    expect((await ask('GET', keystores, { token: '', services: open })).statusCode).toBe(401)
  })
})

describe('keystores', () => {
  test('are listed with their path, and those nothing protects are marked', async () => {
    const keys = () => [
      { key: { ...validatorKey, derivation: 'm/12381/3600/0/0/0' }, protected: true },
      { key: { ...validatorKey, kind: 'opaque' as const }, protected: false },
    ]
    expect((await ask('GET', keystores, { services: having({ keys }) })).json()).toEqual({
      data: [
        { validating_pubkey: publicKeyExample, derivation_path: 'm/12381/3600/0/0/0', readonly: false },
        { validating_pubkey: publicKeyExample, readonly: false, unprotected: true },
      ],
    })
  })

  test('come in with what they signed elsewhere, an answer each in their order', async () => {
    const asked: unknown[] = []
    const statuses = [
      { status: 'imported' },
      { status: 'duplicate' },
      { status: 'error', message: 'The password does not open it' },
    ] as const
    const services = having({
      import: async (request) => {
        asked.push(request)
        return statuses
      },
    })
    const body = {
      keystores: ['{"a":1}', '{"b":1}', '{"c":1}'],
      passwords: ['x', 'y', 'z'],
      slashing_protection: '{"data":[]}',
    }
    const reply = await ask('POST', keystores, { body, services })
    expect([reply.statusCode, reply.json()]).toEqual([200, { data: statuses }])
    expect(asked).toEqual([{ keystores: body.keystores, passwords: body.passwords, slashingProtection: '{"data":[]}' }])
  })

  test('none at all is fine', async () => {
    const reply = await ask('POST', keystores, { body: { keystores: [], passwords: [] } })
    expect([reply.statusCode, reply.json()]).toEqual([200, { data: [] }])
  })

  test.each([
    ['one password too few', { keystores: ['a', 'b'], passwords: ['canary'] }],
    ['a keystore that is no text', { keystores: [{ crypto: 'canary' }], passwords: ['canary'] }],
    ['no passwords', { keystores: ['canary'] }],
  ])('%s is a bad request that shows no secret', async (_, body) => {
    const reply = await ask('POST', keystores, { body })
    expect(reply.statusCode).toBe(400)
    expect(reply.body).not.toContain('canary')
  })

  test('a history nobody can read is a bad request', async () => {
    const services = having({ import: () => Promise.reject(new Refused('invalid-payload', 'No interchange file')) })
    const body = { keystores: [], passwords: [], slashing_protection: '{}' }
    expect((await ask('POST', keystores, { body, services })).statusCode).toBe(400)
  })

  test('go with their history as text', async () => {
    const interchange = {
      metadata: { interchange_format_version: '5', genesis_validators_root: `0x${'04'.repeat(32)}` },
      data: [{ pubkey: publicKeyExample, signed_blocks: [{ slot: '7' }], signed_attestations: [] }],
    } as const
    const statuses = [{ status: 'deleted' }, { status: 'not_active' }, { status: 'not_found' }] as const
    const services = having({ delete: async () => ({ statuses, slashingProtection: interchange }) })
    const reply = await ask('DELETE', keystores, { body: { pubkeys: ['0x1', '0x2', '0x3'] }, services })
    const { data, slashing_protection: history } = reply.json<{ data: unknown; slashing_protection: string }>()
    expect([reply.statusCode, data, JSON.parse(history)]).toEqual([200, statuses, interchange])
  })
})

describe('an exit', () => {
  const url = `/eth/v1/validator/${publicKeyExample}/voluntary_exit`
  test.each([
    ['', {}],
    ['?epoch=300', { epoch: 300n }],
    ['?epoch=300&validator_index=18446744073709551615', { epoch: 300n, validatorIndex: 18446744073709551615n }],
  ])('%s', async (query, expected) => {
    const asked: unknown[] = []
    const services = having({
      voluntaryExit: async (...words) => {
        asked.push(words[1])
        return { message: { epoch: '300', validator_index: '1' }, signature: signatureExample }
      },
    })
    const reply = await ask('POST', `${url}${query}`, { services })
    const message = { epoch: '300', validator_index: '1' }
    expect([reply.statusCode, reply.json()]).toEqual([200, { data: { message, signature: signatureExample } }])
    expect(asked).toEqual([expected])
  })

  test.each(['?epoch=-1', '?epoch=1e3', '?epoch=', '?epoch=0x10'])('%s is a bad request', async (query) => {
    expect((await ask('POST', `${url}${query}`)).statusCode).toBe(400)
  })
})

describe('what belongs to a validator client', () => {
  const paths = ['feerecipient', 'gas_limit', 'graffiti', 'builder_config'].map(
    (name) => `/eth/v1/validator/${publicKeyExample}/${name}`,
  )
  test.each(['/eth/v1/remotekeys', ...paths])('%s: 501 for every method, with a sentence', async (url) => {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const reply = await ask(method, url, method === 'GET' ? {} : { body: { anything: 'at all' } })
      expect(reply.statusCode).toBe(501)
      expect(reply.json()).toMatchObject({
        code: 'belongs-elsewhere',
        message: expect.stringContaining('belongs to the validator client, not to the signer'),
      })
    }
  })
})
