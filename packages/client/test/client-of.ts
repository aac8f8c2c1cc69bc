/** The SDK before the real HTTP edge in this process, over services that a test made. */
import { systemClock } from '../../chancery/src/base/clock.ts'
import type { Services } from '../../chancery/src/core/services.ts'
import { createServer } from '../../chancery/src/http/server.ts'
import { apiKey } from '../../chancery/test/http/fakes.ts'
import { createClient, type Client } from '../src/index.ts'

export function clientOf(services: Services): Client {
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0.0.0', observability: 'open' } as const
  const { app } = createServer(services, options)
  return createClient({
    apiKey,
    async transport({ method, path, headers, body }) {
      const reply = await app.inject({
        method,
        url: path,
        headers: { host: 'localhost', ...headers },
        ...(body === undefined ? {} : { payload: body }),
      })
      return { status: reply.statusCode, headers: {}, body: reply.body }
    },
  })
}
