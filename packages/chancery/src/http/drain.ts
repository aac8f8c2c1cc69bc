/** Stopping in order. */
import type { FastifyInstance } from 'fastify'
import type { Admission } from './admission.ts'

export type Drain = (milliseconds: number) => Promise<void>

export interface Draining {
  /** Whether new work is turned away. */
  begun(): boolean
  readonly stopping: AbortSignal
  drain: Drain
}

export function createDraining(app: FastifyInstance, admission: Admission): Draining {
  const stop = new AbortController()
  return {
    begun: () => stop.signal.aborted,
    stopping: stop.signal,
    async drain(milliseconds) {
      stop.abort()
      await upTo(milliseconds, admission.idle())
      const closed = app.close()
      app.server.closeIdleConnections()
      await upTo(1_000, closed)
      app.server.closeAllConnections()
      await closed
    },
  }
}

async function upTo(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, milliseconds))
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
