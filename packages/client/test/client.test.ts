import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../chancery/src/base/clock.ts'
import { Refused } from '../../chancery/src/core/errors.ts'
import type { Services } from '../../chancery/src/core/services.ts'
import { examplesOf } from '../../chancery/src/http/examples.ts'
import { listen } from '../../chancery/src/http/listen.ts'
import { createServer } from '../../chancery/src/http/server.ts'
import { agreeing, apiKey, denying, final, keyRecord, principal, seen } from '../../chancery/test/http/fakes.ts'
import { walletExample } from '../../chancery/src/http/routes/examples.ts'
import { ChanceryError, createClient, type Client, type Transport } from '../src/index.ts'

const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0.0.0', observability: 'open' } as const

async function serving(services: Services): Promise<Client> {
  const server = createServer(services, options)
  onTestFinished(() => server.drain(0))
  return createClient({ url: await listen(server, { host: '127.0.0.1', port: 0 }), apiKey })
}

/** Answers every request with this. */
function answering(status: number, body: string, headers: Record<string, string> = {}): Transport {
  return () => Promise.resolve({ status, headers, body })
}

function thrown(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const hello = { network: 'eip155:1', message: { text: 'hello' } }

describe('every method speaks to its route and gives its example', async () => {
  const server = createServer(agreeing(), options)
  const socket = createServer(agreeing(), { ...options, auth: { scheme: 'socket', principal } })
  const examples = new Map(examplesOf([...server.routes]).map((example) => [example.id, example]))
  const overSocket = new Set([...examples.values()].filter(({ access }) => access === 'operator').map(({ url }) => url))
  const inject: Transport = async ({ method, path: url, headers, body }) => {
    const { app } = overSocket.has(url) ? socket : server
    const reply = await app.inject({
      method,
      url,
      headers: { host: 'localhost', ...headers },
      ...(body === undefined ? {} : { payload: body }),
    })
    const text = Object.entries(reply.headers).map(([name, value]) => [name, String(value)])
    return { status: reply.statusCode, headers: Object.fromEntries(text), body: reply.body }
  }
  const client = createClient({ transport: inject, apiKey })
  const body = (id: string): never => examples.get(id)?.body as never
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    createKey: () => client.keys.create(body('createKey')),
    importKey: () => client.keys.import(body('importKey')),
    previewImport: () => client.keys.previewImport(body('previewImport')),
    createBackedUpKey: () => client.keys.createBackedUp(body('createBackedUpKey')),
    enrolKey: () => client.keys.enrol(body('enrolKey')),
    probeKeys: async () => ({ keys: await client.keys.probe() }),
    listKeys: () => client.keys.list({ limit: 50 }),
    getKey: () => client.keys.get('treasury'),
    disableKey: () => client.keys.disable('treasury'),
    enableKey: () => client.keys.enable('treasury'),
    enableHeldKeys: () => client.keys.enableHeld(),
    scheduleKeyDeletion: () => client.keys.scheduleDeletion('treasury', 30),
    cancelKeyDeletion: () => client.keys.cancelDeletion('treasury'),
    purgeKey: () => client.keys.purge('treasury'),
    sign: () => client.sign('treasury', body('sign'), { idempotencyKey: 'one' }),
    getRules: async () => (await client.rules.get('treasury')).value,
    putRules: async () => (await client.rules.put('treasury', body('putRules'), 2)).value,
    createWallet: () => client.wallets.create(body('createWallet')),
    createWallets: async () => ({
      answers: await client.wallets.createMany((body('createWallets') as { wallets: [] }).wallets),
    }),
    listWallets: () => client.wallets.list({ userId: '123' }),
    getWallet: () => client.wallets.get(walletExample.address),
    newDepositAddress: () => client.wallets.newAddress(walletExample.id),
    listDepositAddresses: () => client.wallets.addresses(walletExample.id),
    verifyWallet: () => client.wallets.verify(walletExample.id),
    deleteWallet: () => client.wallets.scheduleDeletion(walletExample.id, 7, true),
    cancelWalletDeletion: () => client.wallets.cancelDeletion(walletExample.id),
    purgeWallet: () => client.wallets.purge(walletExample.id),
    importWallet: () => client.wallets.import(body('importWallet')),
    planWalletImport: () => client.wallets.plan(body('planWalletImport')),
    shadowWallet: () => client.wallets.shadow(walletExample.id, (body('shadowWallet') as { raw: string }).raw),
    cutOverWallet: () => client.wallets.cutOver(walletExample.id),
    rollBackWallet: () => client.wallets.rollBack(walletExample.id),
    getWalletMigration: () => client.wallets.migration(walletExample.id),
    checkAddress: () => client.wallets.checkAddress('BTC', walletExample.address, 'testnet'),
    createKmsKey: () => client.wallets.createKmsKey(body('createKmsKey')),
    getPublicKey: () => client.wallets.getPublicKey(walletExample.id),
    signTransactionHash: () => client.wallets.signTransactionHash('treasury', `0x${'5a'.repeat(32)}`),
    deleteKmsKey: () => client.wallets.deleteKmsKey('treasury'),
    getKeySpecForChain: () => client.wallets.getKeySpecForChain('BTC', { tier: 'native' }),
    withdraw: () => client.withdrawals.create(body('withdraw'), { idempotencyKey: 'one' }),
    sweep: () => client.withdrawals.sweep(body('sweep')),
    raiseFee: () => client.withdrawals.raiseFee(final.row.id, body('raiseFee')),
    payForParent: () => client.withdrawals.payForParent(final.row.id, body('payForParent')),
    consolidate: () => client.withdrawals.consolidate(walletExample.id, body('consolidate')),
    getWithdrawal: () => client.withdrawals.get(final.row.id),
    listWithdrawals: () => client.withdrawals.list({ wallet: walletExample.id }),
    getWalletPolicy: async () => (await client.walletPolicy.get()).value,
    putWalletPolicy: async () => (await client.walletPolicy.put(body('putWalletPolicy'), 0)).value,
    checkWalletPolicy: () => client.walletPolicy.check(body('checkWalletPolicy')),
    sendTransaction: () => client.transactions.send(body('sendTransaction'), { idempotencyKey: 'one' }),
    getTransaction: () => client.transactions.wait(final.row.id),
    listTransactions: () => client.transactions.list({ states: ['mined', 'final'] }),
    listAccounts: () => client.accounts.list({ limit: 50 }),
    testAccount: () => client.accounts.test('testnet-sponsor', { submit: true }),
    handOverAccount: () => client.accounts.handOver('testnet-sponsor', body('handOverAccount')),
    sponsor: () => client.sponsor('algorand', body('sponsor')),
    createClient: () => client.clients.create(body('createClient')),
    listClients: () => client.clients.list(),
    getClient: async () => (await client.clients.get(principal.client)).value,
    putGrants: async () =>
      (await client.clients.putGrants(principal.client, (body('putGrants') as { grants: [] }).grants, 1)).value,
    removeClient: () => client.clients.remove(principal.client),
    addSecret: () => client.clients.addSecret(principal.client, 90),
    removeSecret: () => client.clients.removeSecret(principal.client, '1'),
    tailRegister: () => client.register.tail({ limit: 1 }),
    getCheckpoint: () => client.register.checkpoint(),
    verifyRegister: () => client.register.verify(),
    acceptGap: () => client.register.acceptGap('restored'),
    freeze: () => client.freeze({ key: 'treasury' }),
    thaw: () => client.thaw({ everything: true }),
    doctor: async () => ({ findings: await client.doctor() }),
    orphanKeys: () => client.orphanKeys(),
    exportRegister: () => client.register.export((body('exportRegister') as { path: string }).path),
    backup: () => client.backup('/var/backups/chancery/2026-11-20'),
    healthcheck: () => client.health(),
    importSlashingProtection: async () => ({
      validators: await client.slashingProtection.import(body('importSlashingProtection')),
    }),
    exportSlashingProtection: () => client.slashingProtection.export(),
    raiseWatermark: async () => ({
      validators: await client.slashingProtection.raiseWatermark(body('raiseWatermark')),
    }),
    putCeiling: () => client.slashingProtection.putCeiling(body('putCeiling')),
    pruneSlashingProtection: async () => ({ forgotten: await client.slashingProtection.prune({ epochs: 250 }) }),
    repairSlashingProtection: async () => ({ raised: await client.slashingProtection.repair() }),
    checkSlashingProtection: () => client.slashingProtection.check(body('checkSlashingProtection')),
  }

  test.each(Object.entries(calls))('%s', async (id, call) => {
    expect(await call()).toEqual(examples.get(id)?.reply.body)
  })

  test('no route is without a method but those that are not for programs, or are another API', () => {
    const ours = server.routes.filter(({ needs, path: at }) => needs !== 'validators' || at.startsWith('/v1/'))
    const left = ours.map(({ id }) => id).filter((id) => !(id in calls))
    expect(left).toEqual([
      'upcheck',
      'readyz',
      'metrics',
      'openapi',
      'docs',
      'kmsAddress',
      'kmsSignDigest',
      'ethSendRawTransaction',
    ])
  })

  test('judge', async () => {
    expect(await client.judge('treasury', hello)).toMatchObject({ verdict: 'deny' })
  })

  test('versions come from the ETag', async () => {
    expect((await client.rules.get('treasury')).version).toBe(3)
    expect((await client.rules.put('treasury', {}, 7)).version).toBe(8)
  })
})

test('names are encoded: none reaches another route', async () => {
  const paths: string[] = []
  const transport: Transport = (request) => {
    paths.push(request.path)
    return answering(200, '{}')(request)
  }
  await createClient({ transport }).keys.get('../clients/a?b#c')
  expect(paths).toEqual(['/v1/keys/..%2Fclients%2Fa%3Fb%23c'])
})

test('withdrawals are waited for: by the answer itself, and until they are final', async () => {
  const paths: string[] = []
  const states = ['accepted', 'broadcast', 'final']
  const transport: Transport = ({ method, path: url }) => {
    paths.push(`${method} ${url}`)
    return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify({ state: states[paths.length - 1] }) })
  }
  const { withdrawals } = createClient({ transport })
  await withdrawals.create({ wallet: 'w', to: 'a', amount: '5' }, { idempotencyKey: 'one', wait: 5, until: 'mined' })
  expect((await withdrawals.wait('t', { seconds: 7 })).state).toBe('final')
  const looked = 'GET /v1/withdrawals/t?wait=7s&until=final'
  expect(paths).toEqual(['POST /v1/withdrawals?wait=5s&until=mined', looked, looked])
})

describe('errors', () => {
  test('carry code, status and checks', async () => {
    const error = await thrown((await serving(denying())).sign('treasury', hello))
    expect(error).toBeInstanceOf(ChanceryError)
    expect(error).toMatchObject({ code: 'denied', status: 403, checks: [{ name: 'recipient', ok: false }] })
  })

  test('needs-approval is no success', async () => {
    const services = agreeing()
    const refusing = { ...services.signing, sign: () => Promise.reject(new Refused('needs-approval', 'ask first')) }
    const error = await thrown((await serving({ ...services, signing: refusing })).sign('treasury', hello))
    expect(error).toMatchObject({ code: 'needs-approval', status: 202 })
  })

  test('a reply that is not the service’s', async () => {
    const client = createClient({ transport: answering(502, '<html>bad gateway</html>') })
    expect(await thrown(client.keys.list())).toMatchObject({ code: 'unreadable', status: 502 })
    const cut = createClient({ transport: answering(200, '{"keys":[') })
    expect(await thrown(cut.keys.list())).toMatchObject({ code: 'unreadable', status: 200 })
  })

  test('of routes that speak as the Keymanager API does', async () => {
    const body = JSON.stringify({ message: 'Another network’s', status: 400, code: 'wrong-network' })
    const client = createClient({ transport: answering(400, body) })
    expect(await thrown(client.validators.list())).toMatchObject({
      code: 'wrong-network',
      message: 'Another network’s',
    })
  })

  test('no reply', async () => {
    const client = createClient({ transport: () => Promise.reject(new Error('connect ECONNREFUSED')) })
    expect(await thrown(client.keys.list())).toMatchObject({ code: 'unreachable', status: 0 })
  })

  test('no reply, and what failed', async () => {
    const server = createNetServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const error = await thrown(createClient({ url: `http://127.0.0.1:${port}` }).keys.list())
    expect(String(error)).toContain(`does not answer: fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`)
  })

  test('no reply, from any address of a name', async () => {
    const each = ['connect ECONNREFUSED ::1:9000', 'connect ECONNREFUSED 127.0.0.1:9000'].map(
      (words) => new Error(words),
    )
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new AggregateError(each) }))
    const client = createClient({ url: 'http://localhost:9000', fetch })
    expect(String(await thrown(client.keys.list()))).toContain(
      'fetch failed: connect ECONNREFUSED ::1:9000; connect ECONNREFUSED 127.0.0.1:9000',
    )
  })

  test('a redirect is not followed', async () => {
    const followed: string[] = []
    const fetch: typeof globalThis.fetch = (_, init) => {
      followed.push(init?.redirect ?? 'follow')
      return Promise.reject(new TypeError('redirect mode is set to error'))
    }
    const client = createClient({ url: 'http://localhost:9000', apiKey, fetch })
    expect(await thrown(client.keys.list())).toMatchObject({ code: 'unreachable' })
    expect(followed).toEqual(['error'])
  })

  test.each([
    'localhost:9000',
    '127.0.0.1:9000',
    'ftp://localhost',
    'http://user:secret@localhost',
    'http://localhost/?key=1',
  ])('%s is no URL of a service', (url) => {
    expect(() => createClient({ url })).toThrow('expected a URL such as')
  })
})

test('a path before the API is kept', async () => {
  const urls: string[] = []
  const fetch: typeof globalThis.fetch = (url) => {
    urls.push(url instanceof Request ? url.url : url.toString())
    return Promise.resolve(new Response('{"keys":[]}'))
  }
  await createClient({ url: 'https://gateway.example/chancery/', fetch }).keys.list()
  expect(urls).toEqual(['https://gateway.example/chancery/v1/keys'])
})

test('waits again until the transaction has got that far', async () => {
  const states = ['signed', 'mined', 'final']
  const paths: string[] = []
  const transport: Transport = ({ path: url }) => {
    paths.push(url)
    return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify({ state: states[paths.length - 1] }) })
  }
  expect((await createClient({ transport }).transactions.wait('txn_1')).state).toBe('final')
  expect(paths).toHaveLength(3)
  expect(paths[0]).toBe('/v1/transactions/txn_1?wait=60s&until=final')
})

test('works over a unix socket by a transport of the caller', async () => {
  const saw = seen()
  const server = createServer(agreeing(saw), { ...options, auth: { scheme: 'socket', principal } })
  onTestFinished(() => server.drain(0))
  const socketPath = await listen(server, { socket: path.join(await mkdtemp(path.join(tmpdir(), 'chancery-')), 's') })
  const transport: Transport = ({ method, path: target, headers, body }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const sent = httpRequest(
        { socketPath, method, path: target, headers: { host: 'localhost', ...headers, ...length } },
        (reply) => {
          const chunks: Buffer[] = []
          reply.on('data', (chunk: Buffer) => chunks.push(chunk))
          reply.on('end', () =>
            resolve({ status: reply.statusCode ?? 0, headers: {}, body: Buffer.concat(chunks).toString() }),
          )
        },
      )
      sent.once('error', reject).end(body)
    })
  const { keys } = await createClient({ transport }).keys.list()
  expect(keys.map(({ id }) => id)).toEqual([keyRecord.id])
})
