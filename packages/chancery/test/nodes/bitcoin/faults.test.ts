/** A node that lies, or is none of ours, or is not there. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { NodeCall } from '../../../src/core/node.ts'
import { createBitcoinNode } from '../../../src/nodes/bitcoin/node.ts'
import { soon } from '../../contract/coin-node.ts'
import { createChain, transaction } from './fake/chain.ts'
import { startEsplora } from './fake/esplora-server.ts'
import { serve } from './fake/loopback.ts'
import { startRpc } from './fake/rpc-server.ts'
import { kinds, names, networkOf, nodeAt, result, scene } from './fixture.ts'

const hex = (raw: Uint8Array) => Buffer.from(raw).toString('hex')

async function nowhere(): Promise<URL> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return new URL(`http://127.0.0.1:${port}/`)
}

describe.each(kinds)('a transaction by %s', (kind) => {
  test.each([
    ['of another amount', (raw: Uint8Array) => hex(raw).replace('00e1f505', '01e1f505')],
    ['that is another one', () => hex(transaction([{ txid: '1'.repeat(64), index: 0 }], 'a', 7n))],
    ['with a byte more', (raw: Uint8Array) => `${hex(raw)}00`],
    ['cut short', (raw: Uint8Array) => hex(raw).slice(0, -2)],
    ['that is empty', () => ''],
    ['that is no hex', () => 'zz'],
  ])('%s is not believed', async (_, lie) => {
    const { chain, server, node } = await scene(kind)
    const txid = chain.pay('somebody', 100_000_000n)
    const raw = chain.raw(txid) ?? new Uint8Array()
    const told = lie(raw)
    expect(told).not.toBe(hex(raw))
    server.faults.push({ name: names[kind].transaction, body: result(kind, told) })
    await expect(node.transaction(txid, soon())).rejects.toMatchObject({ code: 'node-refused' })
    server.faults.length = 0
    await expect(node.transaction(txid, soon())).resolves.toEqual(raw)
  })

  test('is asked of the next endpoint when the first one lies', async () => {
    const [liar, honest] = [await scene(kind), await scene(kind)]
    const txid = honest.chain.pay('somebody', 100_000_000n)
    const lie = hex(transaction([{ txid: '1'.repeat(64), index: 0 }], 'a', 7n))
    liar.server.faults.push({ name: names[kind].transaction, status: 200, body: result(kind, lie) })
    const node = nodeAt(kind, honest.chain, [liar.server.url, honest.server.url])
    await expect(node.transaction(txid, soon())).resolves.toEqual(honest.chain.raw(txid))
  })

  test('that was sent under another name was not sent', async () => {
    const { server, node } = await scene(kind)
    server.faults.push({ name: names[kind].send, status: 200, body: result(kind, '1'.repeat(64)) })
    const raw = transaction([{ txid: '1'.repeat(64), index: 0 }], 'a', 7n)
    await expect(node.send(raw, soon())).rejects.toMatchObject({ code: 'node-refused' })
  })

  test('may have been sent where nobody answered, and it was', async () => {
    const { chain, server, node } = await scene(kind)
    const txid = chain.pay('somebody', 100_000_000n)
    chain.mine(1)
    await node.check(soon())
    const raw = transaction([{ txid, index: 0 }], 'somebody else', 99_000_000n)
    server.faults.push({ name: names[kind].send, drop: 'after', times: 1 })
    await expect(node.send(raw, soon())).rejects.toMatchObject({ code: 'node-unavailable' })
    expect(chain.pool).toHaveLength(1)
    await expect(node.send(raw, soon())).resolves.toEqual({ accepted: true })
  })

  test('was not sent where the door was shut', async () => {
    const { server, node } = await scene(kind)
    server.faults.push({ name: names[kind].send, status: 429, body: 'slow down' })
    const raw = transaction([{ txid: '1'.repeat(64), index: 0 }], 'a', 7n)
    await expect(node.send(raw, soon())).rejects.toMatchObject({ code: 'node-refused' })
  })
})

describe.each(kinds)('%s', (kind) => {
  test('of another network is refused, passed over while another answers, and heard of by a check', async () => {
    const other = createChain('another chain')
    const stranger = kind === 'Esplora' ? await startEsplora({ chain: other }) : await startRpc({ chain: other })
    const { chain, server } = await scene(kind)
    const node = nodeAt(kind, chain, [stranger.url, server.url])
    await expect(node.coins(['somebody'], soon())).resolves.toEqual([])
    await expect(node.check(soon())).rejects.toMatchObject({
      code: 'wrong-network',
      particulars: { got: networkOf(other), wanted: networkOf(chain) },
    })
    const alone = nodeAt(kind, chain, [stranger.url])
    await expect(alone.send(new Uint8Array(1), soon())).rejects.toMatchObject({ code: 'wrong-network' })
  })

  test('is not followed to another address', async () => {
    const { chain, server } = await scene(kind)
    const location = server.url.href
    const away = createServer((_, response) => response.writeHead(307, { location }).end()).listen(0, '127.0.0.1')
    await once(away, 'listening')
    onTestFinished(() => void away.close())
    const url = new URL(`http://127.0.0.1:${(away.address() as AddressInfo).port}`)
    await expect(nodeAt(kind, chain, [url]).check(soon())).rejects.toMatchObject({ code: 'node-unavailable' })
    expect(server.asked).toEqual([])
  })

  test('is not listened to for ever', async () => {
    const { chain, server, node } = await scene(kind)
    await node.check(soon())
    server.faults.push({ name: names[kind].coins, body: ' '.repeat(33 * 1024 * 1024) })
    await expect(node.coins(['somebody'], soon())).rejects.toMatchObject({
      code: 'node-unavailable',
      particulars: { got: expect.stringContaining('larger than') },
    })
    expect(chain.pool).toEqual([])
  })

  test('is not waited for longer than its patience, and the call is counted', async () => {
    const { chain, server } = await scene(kind)
    server.faults.push({ name: '', drop: 'never' })
    const calls: NodeCall[] = []
    const node = nodeAt(kind, chain, [server.url], 100, calls)
    await expect(node.check(soon(60_000))).rejects.toMatchObject({ code: 'node-unavailable' })
    const method = names[kind].genesis.replace(/^\/(block-height)\/0$/, '$1')
    expect(calls).toEqual([{ method, milliseconds: expect.any(Number), outcome: 'no-answer' }])
    expect(calls[0]?.milliseconds).toBeLessThan(5_000)
  })

  test('that cannot be reached is named, with what the connection said', async () => {
    const url = await nowhere()
    await expect(nodeAt(kind, createChain(), [url]).check(soon())).rejects.toMatchObject({
      code: 'node-unavailable',
      particulars: { got: expect.stringMatching(new RegExp(`^${url.host}: .*ECONNREFUSED`)) },
    })
  })

  test.each(['hello', '{}', 'null', '{"result":5,"error":null}', '{"result":"00","error":null}'])(
    'that says %s serves no network, and may later',
    async (body) => {
      const { server, node } = await scene(kind)
      server.faults.push({ name: names[kind].genesis, body, times: 1 })
      await expect(node.check(soon())).rejects.toMatchObject({ code: 'node-unavailable' })
      await expect(node.check(soon())).resolves.toBeUndefined()
    },
  )

  test('speaks on one line, and not for long', async () => {
    const { chain, server, node } = await scene(kind)
    const txid = chain.pay('somebody', 1n)
    const words = `bad\u001b[2J\n\u202eecho ${'x'.repeat(5_000)}`
    const body = kind === 'Esplora' ? words : JSON.stringify({ result: null, error: { code: -26, message: words } })
    server.faults.push({ name: names[kind].send, status: kind === 'Esplora' ? 400 : 500, body, times: 1 })
    const { accepted, words: got = '' } = await node.send(transaction([{ txid, index: 1 }], 'a', 7n), soon())
    expect(accepted).toBe(false)
    expect(got).toMatch(/^bad \[2J echo x{200,}$/)
    expect(got.length).toBeLessThanOrEqual(300)
  })

  test('is told its password in a header, and nobody else is', async () => {
    const { chain, server } = await scene(kind)
    const url = new URL(server.url)
    url.username = 'us%3Aer'
    url.password = 'hunter%202'
    await nodeAt(kind, chain, [url]).check(soon())
    expect(server.asked[0]?.authorization).toBe(`Basic ${Buffer.from('us:er:hunter 2').toString('base64')}`)
    server.faults.push({ name: '', status: 401, body: '' })
    const failing = nodeAt(kind, chain, [url]).check(soon())
    await expect(failing).rejects.toMatchObject({ particulars: { got: expect.stringContaining('status 401') } })
    await expect(failing).rejects.not.toMatchObject({ particulars: { got: expect.stringContaining('hunter') } })
  })
})

describe('both kinds', () => {
  async function both() {
    const chain = createChain()
    const [rpc, esplora] = [await startRpc({ chain }), await startEsplora({ chain })]
    const node = createBitcoinNode({ network: networkOf(chain), urls: [rpc.url], esplora: [esplora.url] })
    return { chain, rpc, esplora, node }
  }

  test('are used for what they are best at', async () => {
    const { rpc, esplora, node } = await both()
    await node.coins(['somebody'], soon())
    expect(rpc.asked).toEqual([])
    await node.send(transaction([{ txid: '1'.repeat(64), index: 0 }], 'a', 7n), soon())
    expect(esplora.asked.map(({ name }) => name)).not.toContain('/tx')
  })

  test('stand in for each other', async () => {
    const { chain, rpc, esplora, node } = await both()
    const txid = chain.pay('somebody', 5n)
    chain.mine(1)
    await expect(node.transaction(txid, soon())).resolves.toEqual(chain.raw(txid))
    esplora.faults.push({ name: '', drop: 'before' })
    await expect(node.coins(['somebody'], soon())).resolves.toHaveLength(1)
    esplora.faults.length = 0
    rpc.faults.push({ name: '', drop: 'before' })
    await expect(node.sighting(txid, soon())).resolves.toMatchObject({ seen: 'block' })
    esplora.faults.push({ name: '', drop: 'before' })
    await expect(node.sighting(txid, soon())).rejects.toMatchObject({ code: 'node-unavailable' })
  })
})

test('a service that starts anew finds the transaction of a coin that waits to be spent', async () => {
  const chain = createChain()
  const { url } = await startRpc({ chain })
  const txid = chain.pay('somebody', 100n)
  chain.mine(5)
  chain.accept(transaction([{ txid, index: 0 }], 'somebody else', 90n))
  await expect(nodeAt('JSON-RPC', chain, [url]).transaction(txid, soon())).resolves.toEqual(chain.raw(txid))
})

test('a closed node waits for nothing any more', async () => {
  const { server, node } = await scene('JSON-RPC')
  await node.check(soon())
  server.faults.push({ name: 'scantxoutset', when: '"start"', drop: 'never' })
  const looking = node.coins(['somebody'], soon(60_000))
  await vi.waitUntil(() => server.asked.some(({ body }) => body.includes('"start"')), { timeout: 15_000 })
  node.close()
  await expect(looking).rejects.toMatchObject({ code: 'node-unavailable' })
})

describe('a node is not made', () => {
  test.each(['eip155:1', 'bip122:0', `bip122:${'0'.repeat(64)}`, 'bip122:000000000019D6689C085AE165831E93'] as const)(
    'for the network %s',
    (network) => {
      const urls = [new URL('http://127.0.0.1:1')]
      expect(() => createBitcoinNode({ network, urls })).toThrow('Not a network of the Bitcoin family')
    },
  )

  test('without an endpoint', () => {
    expect(() => createBitcoinNode({ network: networkOf(createChain()), urls: [] })).toThrow('has no node')
  })
})

test('an old node without a pool of wallets is asked for its only one', async () => {
  const chain = createChain()
  const server = await startRpc({ chain, wallet: 'legacy', old: true })
  await nodeAt('JSON-RPC', chain, [server.url]).coins(['a'], soon())
  expect([...server.watched]).toEqual(['a'])
})

test('an endpoint that never answers is left alone for a while', async () => {
  const chain = createChain()
  const mute = await serve(
    () => 'any',
    () => ({ body: '' }),
  )
  mute.faults.push({ name: '', drop: 'before' })
  const { url } = await startRpc({ chain })
  const node = nodeAt('JSON-RPC', chain, [mute.url, url])
  for (let i = 0; i < 5; i++) await node.feeRate(2, soon())
  expect(mute.asked).toHaveLength(3)
})
