/** Stopping in order. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/**
 * Not ready at once; new work refused after `leave`; what is being worked on may end within `milliseconds` of that; then
 * every connection is closed.
 */
export type Drain = (milliseconds: number, leave?: number) => Promise<void>

export interface Draining {
  /** Whether readiness is denied; for a balancer to notice, new work may be taken for a while longer. */
  leaving(): boolean
  /** Whether new work is turned away. */
  begun(): boolean
  readonly stopping: AbortSignal
  drain: Drain
}

/** `idle` resolves when nothing is being worked on. */
export function createDraining(app: FastifyInstance, idle: () => Promise<unknown>): Draining {
  const stop = new AbortController()
  let leaving = false
  return {
    leaving: () => leaving,
    begun: () => stop.signal.aborted,
    stopping: stop.signal,
    async drain(milliseconds, leave = 0) {
      leaving = true
      if (leave > 0) await sleep(leave)
      stop.abort()
      await upTo(milliseconds, idle())
      const closed = app.close()
      app.server.closeIdleConnections()
      await upTo(1_000, closed)
      app.server.closeAllConnections()
      await closed
      // Fastify closes only what it made listen itself, and the operator's socket is not that.
      if (app.server.listening) app.server.close()
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
