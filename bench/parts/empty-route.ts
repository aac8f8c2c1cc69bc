/** The least a server can do with the same request and reply shapes: Fastify, a body schema, a constant reply. */
import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'

const app = Fastify()
const schema = {
  body: { type: 'object', properties: { network: { type: 'string' }, transaction: { type: 'object' } } },
}
const reply = {
  attempt: 'att_00000000000000000000000000',
  key: 'key_00000000000000000000000000',
  result: { raw: '0x'.padEnd(240, '0') },
}
app.post('/sign', { schema }, async () => reply)
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/sign` })}\n`)
process.once('SIGTERM', () => void app.close())
