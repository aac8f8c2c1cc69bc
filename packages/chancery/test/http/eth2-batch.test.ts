/** Many keys and one duty. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { Services } from '../../src/core/services.ts'
import { dutyExample, signatureExample } from '../../src/http/compat/eth2/shapes.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, seen } from './fakes.ts'

const key = (index: number) => `0xa1${index.toString(16).padStart(94, '0')}`
const [first, second, third] = [key(1), key(2), key(3)]

function ask(body: unknown, services: Services = agreeing(), path = 'sign') {
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
  const headers = { host: 'localhost', 'x-api-key': apiKey, 'content-type': 'application/json' }
  const url = `/api/v1/eth2/${path}`
  return createServer(services, options).app.inject({ method: 'POST', url, headers, payload: JSON.stringify(body) })
}

const batch = (identifiers: readonly string[], signing_request: object = dutyExample) => ({
  identifiers,
  signing_request,
})

/** Refuses the second of them for slashing, and fails at the third. */
function choosy(): Services {
  const services = agreeing()
  return {
    ...services,
    signing: {
      ...services.signing,
      signMany: async ({ keys }) =>
        keys.map((name) => {
          if (name === second) return { error: new Refused('conflicts-with-earlier', 'Slashing protection') }
          if (name === third) return { error: new Failed('backend-failed', 'It failed') }
          return { reply: { attempt: 'att_1', key: 'key_1', signed: { result: { signature: signatureExample } } } }
        }),
    },
  }
}

describe('signing', () => {
  test('answers each key in the order asked, as it was named', async () => {
    const reply = await ask(batch([second, first.slice(2).toUpperCase(), third]), choosy())
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual([
      { identifier: second, error: { code: 412, message: 'Slashing protection', reason: 'conflicts-with-earlier' } },
      { identifier: first.slice(2).toUpperCase(), signature: signatureExample },
      { identifier: third, error: { code: 502, message: 'It failed', reason: 'backend-failed' } },
    ])
  })

  test('takes ten thousand keys', async () => {
    const saw = seen()
    const names = Array.from({ length: 10_000 }, (_, index) => key(index))
    const reply = await ask(batch(names), agreeing(saw))
    expect([reply.statusCode, reply.json<unknown[]>().length, saw.signed.length]).toEqual([200, 10_000, 10_000])
    expect(saw.reached).toEqual(['signMany'])
  })

  test('takes not one more', async () => {
    const names = Array.from({ length: 10_001 }, (_, index) => key(index))
    expect((await ask(batch(names))).statusCode).toBe(400)
  })

  test.each([
    ['no key', batch([])],
    ['a key twice', batch([first, first])],
    ['a key twice, in another spelling', batch([first, first.slice(2).toUpperCase()])],
    ['a duty nobody knows', batch([first], { type: 'HOROSCOPE' })],
    ['no duty', { identifiers: [first] }],
    ['a stray member', { ...batch([first]), surprise: 1 }],
  ])('%s is a bad request as a whole', async (_, body) => {
    const saw = seen()
    const reply = await ask(body, agreeing(saw))
    expect([reply.statusCode, saw.reached]).toEqual([400, []])
  })
})

describe('asking', () => {
  test('records nothing, and says why', async () => {
    const saw = seen()
    const services = agreeing(saw)
    const validators = services.validators && {
      ...services.validators,
      isDutySlashable: async ({ key }: { readonly key: string }) =>
        key === second ? { slashable: true, reason: 'Slot 5 is not above 7' } : { slashable: false },
    }
    const reply = await ask(batch([first, second]), { ...services, ...(validators && { validators }) }, 'slashable')
    expect(reply.json()).toEqual([
      { identifier: first, slashable: false },
      { identifier: second, slashable: true, reason: 'Slot 5 is not above 7' },
    ])
    expect(saw.signed).toEqual([])
    expect(saw.reached).toEqual([])
  })

  test('asks about the duty as it would be signed', async () => {
    const asked: unknown[] = []
    const services = agreeing()
    const validators = services.validators && {
      ...services.validators,
      isDutySlashable: async (duty: unknown) => {
        asked.push(duty)
        return { slashable: false }
      },
    }
    const reply = await ask(batch([first]), { ...services, ...(validators && { validators }) }, 'slashable')
    expect(reply.json()).toEqual([{ identifier: first, slashable: false }])
    expect(asked).toEqual([{ key: first, operation: 'sign:attestation', value: dutyExample }])
  })

  test('what is refused for one key hinders no other', async () => {
    const services = agreeing()
    const validators = services.validators && {
      ...services.validators,
      isDutySlashable: async ({ key }: { readonly key: string }) => {
        if (key === first) throw new Refused('key-not-found', 'There is no such key')
        return { slashable: false }
      },
    }
    const reply = await ask(batch([first, second]), { ...services, ...(validators && { validators }) }, 'slashable')
    expect(reply.json()).toEqual([
      { identifier: first, error: { code: 404, message: 'There is no such key', reason: 'key-not-found' } },
      { identifier: second, slashable: false },
    ])
  })
})
