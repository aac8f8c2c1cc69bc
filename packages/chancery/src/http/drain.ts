/** Stopping in order. */
import type { FastifyInstance } from 'fastify'
import type { Admission } from './admission.ts'

export type Drain = (milliseconds: number, lameDuck?: number) => Promise<void>

export interface Draining {
  begun(): boolean
  /** Whether new work is turned away. */
  refusing(): boolean
  readonly stopping: AbortSignal
  drain: Drain
}

export function createDraining(app: FastifyInstance, admission: Admission): Draining {
  const stop = new AbortController()
  let begun = false
  return {
    begun: () => begun,
    refusing: () => stop.signal.aborted,
    stopping: stop.signal,
    async drain(milliseconds, lameDuck = 0) {
      begun = true
      await upTo(lameDuck, new Promise(() => {}))
      stop.abort()
      await upTo(milliseconds - lameDuck, admission.idle())
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
