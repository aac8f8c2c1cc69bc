/** TLS of our own: who is let in by which certificate, and a new one without a dropped connection. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/access/authenticate.ts'
import { newSecret } from '../../src/access/api-key.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { ClientIdentity, ClientRecord } from '../../src/core/access.ts'
import { listen } from '../../src/http/listen.ts'
import { createServer, type HttpServer } from '../../src/http/server.ts'
import { createTls, type Tls, type TlsMaterial } from '../../src/http/tls.ts'
import { clientId, memoryState, pepper } from '../access/fixture.ts'
import { certificateMaker, type Made } from './certificates.ts'
import { agreeing } from './fakes.ts'

const make = certificateMaker()
const listener = make.selfSigned('localhost')
const next = make.selfSigned('localhost')
const authority = make.selfSigned('Operators')
const other = make.selfSigned('Operators')
const lighthouse = make.selfSigned('lighthouse')
const teku = make.signedBy(authority, 'teku')
const impostor = make.signedBy(other, 'teku')

afterAll(() => make.end())

function clientKnownBy(letter: string, identity: ClientIdentity, change: Partial<ClientRecord> = {}): ClientRecord {
  return {
    id: clientId(letter),
    name: letter,
    secrets: [newSecret(clientId(letter), pepper(), Date.now(), 1).record],
    grants: [{ operations: ['keys:read'], keys: '*', networks: '*' }],
    frozen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    identity,
    ...change,
  }
}

interface Running {
  readonly server: HttpServer
  readonly tls: Tls
  readonly url: string
  readonly port: number
}

const running: Running[] = []
afterEach(async () => {
  for (const { server } of running.splice(0)) await server.drain(0)
})

async function serve(
  clients: readonly ClientRecord[],
  material: TlsMaterial = { certificate: listener.certificate, key: listener.key },
  ask: 'asked' | 'required' = 'asked',
): Promise<Running> {
  const tls = createTls({ material, clients: ask })
  const authenticator = createAuthenticator({ state: memoryState(clients), pepper: pepper(), clock: systemClock })
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open', tls } as const
  const server = createServer({ ...agreeing(), authenticator }, options)
  const url = await listen(server, { host: '127.0.0.1', port: 0 })
  const one = { server, tls, url, port: Number(new URL(url).port) }
  running.push(one)
  return one
}

interface Coming {
  readonly as?: Made
  readonly trust?: Made
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

async function ask({ url }: Running, { as, trust = listener, headers = {}, agent }: Coming = {}) {
  const own = as && { cert: as.certificate, key: as.key }
  const options = { ca: trust.certificate, ...own, headers, agent: agent ?? new Agent({ keepAlive: false }) }
  const asked = request(`${url}/api/v1/eth2/publicKeys`, options)
  asked.end()
  const [reply] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: reply.statusCode, body: await text(reply), again: asked.reusedSocket }
}

test('its URL says https', async () => {
  expect((await serve([])).url).toMatch(/^https:\/\/127\.0\.0\.1:/)
})

describe('a client is known', () => {
  test('by the fingerprint of a certificate that nobody vouches for', async () => {
    const service = await serve([clientKnownBy('a', { certificates: [lighthouse.fingerprint] })])
    expect((await ask(service, { as: lighthouse })).status).toBe(200)
    expect((await ask(service, { as: teku })).status).toBe(401)
    expect((await ask(service)).status).toBe(401)
  })

  test('by the common name of a certificate that its authority signed, and no other', async () => {
    const material = { certificate: listener.certificate, key: listener.key, clientAuthorities: authority.certificate }
    const service = await serve([clientKnownBy('a', { certificateNames: ['teku'] })], material)
    expect((await ask(service, { as: teku })).status).toBe(200)
    expect((await ask(service, { as: impostor })).status).toBe(401)
    expect((await ask(service, { as: make.selfSigned('teku') })).status).toBe(401)
  })

  test('by no name where no authority is configured', async () => {
    const service = await serve([clientKnownBy('a', { certificateNames: ['teku'] })])
    expect((await ask(service, { as: teku })).status).toBe(401)
  })

  test('by no name that only a certificate in our own PKCS #12 file vouches for', async () => {
    const material = {
      pkcs12: make.pkcs12(listener, 'secret', [other]),
      password: 'secret',
      clientAuthorities: authority.certificate,
    }
    const service = await serve([clientKnownBy('a', { certificateNames: ['teku'] })], material)
    expect((await ask(service, { as: teku })).status).toBe(200)
    expect((await ask(service, { as: impostor })).status).toBe(401)
  })

  test('while it is not frozen, and from where it may come', async () => {
    const identity = { certificates: [lighthouse.fingerprint] }
    expect((await ask(await serve([clientKnownBy('a', identity, { frozen: true })]), { as: lighthouse })).status).toBe(
      401,
    )
    const elsewhere = { sources: ['10.0.0.0/8'] }
    expect((await ask(await serve([clientKnownBy('a', identity, elsewhere)]), { as: lighthouse })).status).toBe(401)
  })

  test('by a key and a certificate only where both are its own', async () => {
    const secret = newSecret(clientId('b'), pepper(), Date.now(), 1)
    const one = clientKnownBy('a', { certificates: [lighthouse.fingerprint] })
    const two = clientKnownBy('b', { certificates: [teku.fingerprint] }, { secrets: [secret.record] })
    const service = await serve([one, two])
    const headers = { 'x-api-key': secret.text }
    expect((await ask(service, { headers })).status).toBe(200)
    expect((await ask(service, { headers, as: teku })).status).toBe(200)
    expect((await ask(service, { headers, as: impostor })).status).toBe(200)
    expect((await ask(service, { headers, as: lighthouse })).status).toBe(401)
  })
})

describe('the handshake', () => {
  const shake = async ({ port }: Running, options: ConnectionOptions): Promise<TLSSocket | Error> => {
    const socket = connect({ port, host: '127.0.0.1', ca: listener.certificate, ...options })
    return new Promise((resolve) => socket.once('secureConnect', () => resolve(socket)).once('error', resolve))
  }

  test('needs TLS 1.2 or later', async () => {
    const service = await serve([])
    const modern = await shake(service, { maxVersion: 'TLSv1.2' })
    expect(modern instanceof Error ? modern : modern.getProtocol()).toBe('TLSv1.2')
    if (!(modern instanceof Error)) modern.destroy()
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    expect(await shake(service, old)).toBeInstanceOf(Error)
  })

  test('ends without a certificate where one is required', async () => {
    const identity = { certificates: [lighthouse.fingerprint] }
    const material = { certificate: listener.certificate, key: listener.key }
    const service = await serve([clientKnownBy('a', identity)], material, 'required')
    await expect(ask(service)).rejects.toThrow(/socket|ECONNRESET|hang up/)
    expect((await ask(service, { as: lighthouse })).status).toBe(200)
  })

  test('reads PKCS #12', async () => {
    const service = await serve([], { pkcs12: make.pkcs12(listener, 'a password'), password: 'a password' })
    expect((await ask(service)).status).toBe(401)
  })
})

describe('a new certificate', () => {
  const identity = { certificates: [lighthouse.fingerprint], certificateNames: ['teku'] }

  test('is shown to who comes from now on, and drops nobody who is here', async () => {
    const service = await serve([clientKnownBy('a', identity)])
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await ask(service, { as: lighthouse, agent })).status).toBe(200)
    service.tls.exchange({ certificate: next.certificate, key: next.key })
    expect(await ask(service, { as: lighthouse, agent })).toMatchObject({ status: 200, again: true })
    expect((await ask(service, { as: lighthouse, trust: next })).status).toBe(200)
    await expect(ask(service, { as: lighthouse, trust: listener })).rejects.toThrow('self-signed certificate')
    agent.destroy()
  })

  test('that does not fit its key changes nothing', async () => {
    const service = await serve([clientKnownBy('a', identity)])
    expect(() => service.tls.exchange({ certificate: next.certificate, key: listener.key })).toThrow(
      'key values mismatch',
    )
    expect((await ask(service, { as: lighthouse })).status).toBe(200)
  })

  test('an authority that is gone vouches for nobody, on connections from before too', async () => {
    const own = { certificate: listener.certificate, key: listener.key }
    const service = await serve([clientKnownBy('a', identity)], { ...own, clientAuthorities: authority.certificate })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await ask(service, { as: teku, agent })).status).toBe(200)
    service.tls.exchange({ ...own, clientAuthorities: other.certificate })
    expect(await ask(service, { as: teku, agent })).toMatchObject({ status: 401, again: true })
    expect((await ask(service, { as: impostor })).status).toBe(200)
    agent.destroy()
  })
})
