/** A node that is no friend: it sends us elsewhere, or never stops talking. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'

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
  createEvmNode({ network: 'eip155:1', urls: [url], fees: 'auto' }).check(deadlineIn(5_000, systemClock))

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
