/** A node that is no friend, or none of ours, or not there. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateAccount } from 'algosdk'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { NodeCall } from '../../../src/core/node.ts'
import { createAlgorandNode } from '../../../src/nodes/algorand/node.ts'
import { funded, nodeAt, payment, serving, soon, suggested, testNetwork, watchedNode } from './fixture.ts'

const someone = generateAccount().addr.toString()

async function listening(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

async function nowhere(): Promise<URL> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return new URL(`http://127.0.0.1:${port}`)
}

describe('a node', () => {
  test('is not followed to another address', async () => {
    const inside = await serving()
    const url = await listening((_, response) => response.writeHead(307, { location: inside.url.href }).end())
    await expect(nodeAt(url).check(soon())).rejects.toMatchObject({ code: 'node-unavailable' })
    expect(inside.asked).toEqual([])
  })

  test('is not listened to for ever', async () => {
    const piece = Buffer.alloc(1 << 20, ' ')
    let sent = 0
    const url = await listening((_, response) => {
      const more = () => {
        while (sent < 256 && response.write(piece)) sent++
        if (sent < 256) response.once('drain', more)
        else response.end('{}')
      }
      more()
    })
    await expect(nodeAt(url).check(soon())).rejects.toMatchObject({
      code: 'node-unavailable',
      particulars: { got: expect.stringContaining('larger than') },
    })
    expect(sent).toBeLessThan(256)
  })

  test('is not waited for longer than its patience', async () => {
    const algod = await serving()
    algod.faults.push({ path: '/versions', slow: 60_000 })
    const calls: NodeCall[] = []
    await expect(watchedNode([algod.url], calls, 100).check(soon(60_000))).rejects.toMatchObject({
      code: 'node-unavailable',
    })
    expect(calls).toEqual([{ method: 'versions', milliseconds: expect.any(Number), outcome: 'no-answer' }])
    expect(calls[0]?.milliseconds).toBeLessThan(5_000)
  })

  test('that cannot be reached is named, with what the connection said', async () => {
    const url = await nowhere()
    await expect(nodeAt(url).parameters(soon())).rejects.toMatchObject({
      code: 'node-unavailable',
      particulars: { got: expect.stringMatching(new RegExp(`^${url.host}: .*ECONNREFUSED`)) },
    })
  })

  test.each([
    ['is not JSON', 'hello'],
    ['says no genesis', '{}'],
    ['says a short genesis', '{"genesis_hash_b64":"kUt08LxeVAAGHnh4JoAoAMM9ql/hBwSo"}'],
    ['says null', 'null'],
  ])('that %s serves no network, and may later', async (_, body) => {
    const algod = await serving()
    algod.faults.push({ path: '/versions', body, times: 1 })
    const node = nodeAt(algod.url)
    await expect(node.check(soon())).rejects.toMatchObject({ code: 'node-unavailable' })
    await expect(node.check(soon())).resolves.toBeUndefined()
  })

  test('speaks on one line, and not for long', async () => {
    const algod = await serving()
    const words = `bad\u001b[2J\n\u202eecho ${'x'.repeat(5_000)}`
    algod.faults.push({ path: '/v2/transactions', status: 400, body: JSON.stringify({ message: words }) })
    const { accepted, words: got } = await nodeAt(algod.url).broadcast([new Uint8Array(1)], soon())
    expect(accepted).toBe(false)
    expect(got).toMatch(/^bad \[2J echo x{200,}$/)
    expect(got?.length).toBeLessThanOrEqual(300)
  })
})

describe('a number', () => {
  const params = { 'genesis-id': 'chancery-test-v1', 'last-round': 5, 'min-fee': 1000, fee: 0 }

  test.each([
    ['a least fee of all there is', { 'min-fee': 10_000_000_000_000 }],
    ['a suggested fee of all there is', { fee: 10_000_000_000_000 }],
    ['a round of the far future', { 'last-round': 2 ** 52 }],
    ['a least fee as text', { 'min-fee': '1000' }],
    ['no least fee', { 'min-fee': undefined }],
    ['a genesis id that is none', { 'genesis-id': 'a\nb' }],
  ])('%s is not believed', async (_, wrong) => {
    const algod = await serving()
    const body = JSON.stringify({ ...params, 'genesis-hash': algod.chain.genesis.hash, ...wrong })
    algod.faults.push({ path: '/v2/transactions/params', body })
    await expect(nodeAt(algod.url).parameters(soon())).rejects.toMatchObject({ code: 'node-refused' })
  })

  test.each(['1e3', '1.5', '-1', '18446744073709551616', `${'9'.repeat(1_000_000)}`])(
    'in another form, or of another size, is none: %.20s',
    async (digits) => {
      const algod = await serving()
      const hash = algod.chain.genesis.hash
      const body = `{"genesis-hash":"${hash}","genesis-id":"x","last-round":5,"fee":0,"min-fee":${digits}}`
      algod.faults.push({ path: '/v2/transactions/params', body })
      await expect(nodeAt(algod.url).parameters(soon())).rejects.toMatchObject({ code: 'node-unavailable' })
    },
  )

  test('of an account is that account’s, and all of them are there', async () => {
    const algod = await serving()
    const balances = { amount: 1, 'min-balance': 0, round: 1 }
    const totals = { 'total-apps-opted-in': 0, 'total-assets-opted-in': 0, 'total-created-apps': 0 }
    const told = [
      { address: generateAccount().addr.toString(), ...balances, ...totals, 'total-created-assets': 0 },
      { address: someone, ...balances, ...totals },
      { address: someone, ...totals, 'total-created-assets': 0 },
      { address: someone, ...balances, ...totals, 'total-created-assets': 0, 'auth-addr': 'x' },
    ]
    for (const one of told) {
      algod.faults.push({ path: '/v2/accounts', body: JSON.stringify(one), times: 1 })
      await expect(nodeAt(algod.url).account(someone, soon())).rejects.toMatchObject({ code: 'node-refused' })
    }
  })
})

describe('several endpoints', () => {
  test('are asked in order, and the next when one fails', async () => {
    const [dead, algod] = [await nowhere(), await serving()]
    await expect(nodeAt(dead, algod.url).parameters(soon())).resolves.toMatchObject({ minFee: 1_000n })
  })

  test('one of another network is passed over, and heard of by a check', async () => {
    const other = await serving({ genesis: { id: 'other', hash: Buffer.alloc(32).toString('base64') } })
    const algod = await serving()
    const node = nodeAt(other.url, algod.url)
    await expect(node.parameters(soon())).resolves.toMatchObject({ minFee: 1_000n })
    await expect(node.check(soon())).rejects.toMatchObject({ code: 'wrong-network' })
  })

  test('one that changed its network behind its URL is found out', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    await node.parameters(soon())
    const hash = Buffer.alloc(32).toString('base64')
    const body = JSON.stringify({ 'genesis-hash': hash, 'genesis-id': 'x', 'last-round': 1, fee: 0, 'min-fee': 0 })
    algod.faults.push({ path: '/v2/transactions/params', body })
    await expect(node.parameters(soon())).rejects.toMatchObject({ code: 'wrong-network' })
  })

  test('one that never answers is left alone for a while, until it is the only one again', async () => {
    const [mute, algod] = [await serving(), await serving()]
    mute.faults.push({ path: '/', drop: 'before' })
    const node = nodeAt(mute.url, algod.url)
    for (let i = 0; i < 5; i++) await node.parameters(soon())
    expect(mute.asked).toHaveLength(3)
    algod.faults.push({ path: '/', drop: 'before' })
    for (let i = 0; i < 3; i++) await expect(node.parameters(soon())).rejects.toThrow('No node answered')
    mute.faults.length = 0
    await expect(node.parameters(soon())).resolves.toMatchObject({ minFee: 1_000n })
  })

  test('one that failed has to name its network again', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    await node.account(someone, soon())
    algod.faults.push({ path: '/v2/accounts', status: 500, times: 1 })
    await expect(node.account(someone, soon())).rejects.toMatchObject({ code: 'node-unavailable' })
    algod.faults.push({ path: '/versions', body: `{"genesis_hash_b64":"${Buffer.alloc(32).toString('base64')}"}` })
    await expect(node.account(someone, soon())).rejects.toMatchObject({ code: 'wrong-network' })
  })

  test('a door that was shut was not asked: the group was not sent', async () => {
    const algod = await serving()
    algod.faults.push({ path: '/v2/transactions', status: 429 })
    const node = nodeAt(algod.url)
    const failing = node.broadcast([new Uint8Array(1)], soon())
    await expect(failing).rejects.toMatchObject({ code: 'node-refused' })
  })

  test('a node that broke down may have sent the group, and it did', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const transaction = payment(await suggested(node), { from: from.addr })
    algod.faults.push({ path: '/v2/transactions', drop: 'after', times: 1 })
    const failing = node.broadcast([transaction.signTxn(from.sk)], soon())
    await expect(failing).rejects.toMatchObject({ code: 'node-unavailable' })
    await expect(node.confirmation(transaction.txID(), soon())).resolves.toHaveProperty('round')
  })
})

describe('a transaction', () => {
  test('that the pool dropped says why', async () => {
    const algod = await serving()
    algod.faults.push({ path: '/v2/transactions/pending', body: '{"pool-error":"fee too\\u0007small","txn":{}}' })
    await expect(nodeAt(algod.url).confirmation('A'.repeat(52), soon())).resolves.toEqual({ error: 'fee too small' })
  })

  test('is not expired while a node may be a few rounds behind another', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const { lastValid } = await node.parameters(soon())
    algod.chain.advance(1_002n)
    algod.faults.push({ path: '/v2/status/wait', status: 404 })
    await expect(node.settled('A'.repeat(52), lastValid, soon(200))).resolves.toBe('unknown')
    algod.chain.advance(2n)
    await expect(node.settled('A'.repeat(52), lastValid, soon())).resolves.toBe('expired')
  })

  test('is not looked for in a hurry where rounds stand still', async () => {
    const algod = await serving()
    algod.faults.push({ path: '/v2/status/wait', body: '{"last-round":2000}' })
    await nodeAt(algod.url).settled('A'.repeat(52), 9_999n, soon(700))
    expect(algod.asked.filter((one) => one.includes('wait')).length).toBeLessThan(4)
  })
})

describe('a simulation', () => {
  test.each([
    '{}',
    '{"txn-groups":[]}',
    '{"txn-groups":[{"txn-results":[]}]}',
    '{"txn-groups":[{"txn-results":[{},{}]}]}',
    '{"txn-groups":[{"txn-results":[{}]},{"txn-results":[{}]}]}',
    '{"txn-groups":{"txn-results":[{}]}}',
  ])('of something else is not believed: %s', async (body) => {
    const algod = await serving()
    algod.faults.push({ path: '/v2/transactions/simulate', body })
    await expect(nodeAt(algod.url).simulate([new Uint8Array(1)], soon())).rejects.toMatchObject({
      code: 'node-refused',
    })
  })
})

describe('an indexer', () => {
  test('of another network is found out before it says that nobody depends on a key', async () => {
    const [algod, other] = [await serving(), await serving({ genesis: { id: 'x', hash: `${'A'.repeat(43)}=` } })]
    const node = createAlgorandNode({ network: testNetwork, urls: [algod.url], indexer: other.indexerUrl })
    await expect(node.controlledBy(someone, soon())).rejects.toMatchObject({ code: 'wrong-network' })
    await expect(node.check(soon())).rejects.toMatchObject({ code: 'wrong-network' })
  })

  test('that is far behind its node is not believed', async () => {
    const algod = await serving()
    const body = JSON.stringify({ accounts: [], 'current-round': Number(algod.chain.round()) - 101 })
    algod.faults.push({ path: '/indexer/v2/accounts', body })
    const node = createAlgorandNode({ network: testNetwork, urls: [algod.url], indexer: algod.indexerUrl })
    await expect(node.controlledBy(someone, soon())).rejects.toMatchObject({ code: 'node-unavailable' })
  })

  test('is asked for the next page, and not for ever', async () => {
    const algod = await serving()
    const page = { accounts: [{ address: someone }], 'current-round': 2_000, 'next-token': 'more' }
    algod.faults.push({ path: '/indexer/v2/accounts', body: JSON.stringify(page) })
    const node = createAlgorandNode({ network: testNetwork, urls: [algod.url], indexer: algod.indexerUrl })
    await expect(node.controlledBy(generateAccount().addr.toString(), soon())).resolves.toHaveLength(10)
    expect(algod.asked.filter((one) => one.includes('next=more'))).toHaveLength(9)
  })
})
