/** A node that is no friend: it sends us elsewhere, or never stops talking. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { Json } from '../../src/base/json.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'

const someone = '0x000000000000000000000000000000000000dEaD'

async function serving(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

const check = (url: URL) =>
  createEvmNode({ network: 'eip155:1', urls: [url], fees: 'auto' }).check(deadlineIn(30_000, systemClock))

test('is not followed to another address', async () => {
  let asked = 0
  const inside = await serving((_, response) => {
    asked++
    response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}')
  })
  const node = await serving((_, response) => response.writeHead(307, { location: inside.href }).end())
  await expect(check(node)).rejects.toMatchObject({ code: 'node-unavailable' })
  expect(asked).toBe(0)
})

test('is not listened to for ever', async () => {
  const piece = Buffer.alloc(1 << 20, ' ')
  let sent = 0
  const node = await serving((_, response) => {
    const more = () => {
      while (sent < 256 && response.write(piece)) sent++
      if (sent < 256) response.once('drain', more)
      else response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}')
    }
    more()
  })
  await expect(check(node)).rejects.toMatchObject({
    code: 'node-unavailable',
    particulars: { got: expect.stringContaining('larger than') },
  })
  expect(sent).toBeLessThan(256)
})

/** A node that answers each method with a `result` or an `error`. */
const node = (answers: (method: string) => Json): Promise<URL> =>
  serving((request, response) => {
    void text(request).then((asked) => {
      const { id, method } = JSON.parse(asked) as { id: number; method: string }
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...(answers(method) as object) }))
    })
  })

const onMain = (method: string): Json | undefined => (method === 'eth_chainId' ? { result: '0x1' } : undefined)
const limited = { error: { code: -32005, message: 'rate limit exceeded' } }
const main = (...urls: URL[]) => createEvmNode({ network: 'eip155:1', urls, fees: 'auto' })
const soon = () => deadlineIn(30_000, systemClock)

describe('that does not say which chain it serves', () => {
  test('is not one that serves another: it may say so later', async () => {
    const silent = await node(() => limited)
    await expect(main(silent).check(soon())).rejects.toMatchObject({
      code: 'node-unavailable',
      particulars: { got: expect.stringContaining('rate limit exceeded') },
    })
  })

  test('is passed over for one that does', async () => {
    const silent = await node(() => limited)
    const both = main(silent, await node((method) => onMain(method) ?? { result: '0x7' }))
    expect(await both.minedNonce(someone, soon())).toBe(7n)
  })
})

test('of another chain is passed over, and named by a check', async () => {
  const other = await node(() => ({ result: '0x5' }))
  const both = main(other, await node((method) => onMain(method) ?? { result: '0x7' }))
  expect(await both.minedNonce(someone, soon())).toBe(7n)
  for (const one of [both, main(other)]) {
    await expect(one.check(soon())).rejects.toMatchObject({
      code: 'wrong-network',
      particulars: { got: '0x5', wanted: '0x1' },
    })
  }
  await expect(main(other).minedNonce(someone, soon())).rejects.toMatchObject({ code: 'wrong-network' })
})

test('that a check found on another chain is asked for its chain again before anything else', async () => {
  let chain = '0x1'
  const asked: string[] = []
  const moving = await node((method) => {
    asked.push(method)
    return { result: method === 'eth_chainId' ? chain : '0x7' }
  })
  const alone = main(moving)
  await alone.minedNonce(someone, soon())
  chain = '0x2'
  await expect(alone.check(soon())).rejects.toMatchObject({ code: 'wrong-network' })
  await expect(alone.minedNonce(someone, soon())).rejects.toMatchObject({ code: 'wrong-network' })
  expect(asked.filter((method) => method !== 'eth_chainId')).toHaveLength(1)
})

describe('over its limit', () => {
  const busy = (method: string) => onMain(method) ?? limited

  test('is passed over for the next', async () => {
    const free = await node((method) => onMain(method) ?? { result: '0x7' })
    expect(await main(await node(busy), free).minedNonce(someone, soon())).toBe(7n)
  })

  test('says nothing about a transaction it was to estimate', async () => {
    const value = { to: someone, value: '1', gasPrice: '1' }
    await expect(main(await node(busy)).prepare(value, someone, soon())).rejects.toMatchObject({
      code: 'node-refused',
      particulars: { got: 'rate limit exceeded' },
    })
  })

  test('does not speak for one that may have acted without an answer', async () => {
    const silent = await serving((request, response) => {
      void text(request).then((asked) => {
        const { id, method } = JSON.parse(asked) as { id: number; method: string }
        if (method !== 'eth_chainId') return void response.destroy()
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '0x1' }))
      })
    })
    const sent = main(await node(busy), silent).send(new Uint8Array(1), soon())
    await expect(sent).rejects.toMatchObject({
      code: 'node-unavailable',
      particulars: { got: expect.stringContaining('rate limit exceeded') },
    })
  })

  test('is heard in its own words by who hands bytes over', async () => {
    const handed = await main(await node(busy)).forward(new Uint8Array(1), soon())
    expect(handed).toMatchObject({ ok: false, answer: limited })
  })
})

test('that fails to say what fees are says nothing about the transaction', async () => {
  const broken = await node((method) => onMain(method) ?? { error: { code: -32000, message: 'header not found' } })
  await expect(main(broken).prepare({ to: someone, value: '1' }, someone, soon())).rejects.toMatchObject({
    code: 'node-refused',
  })
})

test('that estimates more gas than any block holds says so about the transaction', async () => {
  const wasteful = await node((method) => onMain(method) ?? { result: '0x50000000' })
  const value = { to: someone, value: '1', gasPrice: '1' }
  await expect(main(wasteful).prepare(value, someone, soon())).rejects.toMatchObject({ code: 'not-executable' })
})

test('that cannot execute a transaction says so about the transaction', async () => {
  const reverting = await node((method) => onMain(method) ?? { error: { code: 3, message: 'execution reverted' } })
  const value = { to: someone, value: '1', gasPrice: '1' }
  await expect(main(reverting).prepare(value, someone, soon())).rejects.toMatchObject({ code: 'not-executable' })
})

describe('the type a caller names', () => {
  test.each([0, 1, 2, '0x1', '2'])('stays as it is: %s', async (type) => {
    const free = await node(
      (method) =>
        onMain(method) ??
        (method === 'eth_getBlockByNumber' ? { result: { baseFeePerGas: '0x7' } } : { result: '0x5208' }),
    )
    const value = { type, to: someone, value: '1' }
    expect(main(free).draft(value)).toMatchObject({ type })
    expect(await main(free).prepare(value, someone, soon())).toMatchObject({ type })
  })

  test.each([-1, null, 'banana', 1.5, {}])('is refused at once where it is none: %s', async (type) => {
    const node = createEvmNode({ network: 'eip155:1', urls: [], fees: 'auto' })
    expect(() => node.draft({ type, to: someone, value: '1' })).toThrow(
      expect.objectContaining({
        code: 'invalid-payload',
        particulars: expect.objectContaining({ where: 'transaction.type' }),
      }),
    )
  })
})
