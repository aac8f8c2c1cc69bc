/** A signer of the old kind as whoever asks it for payments sees it: it pays one after the other, and has a switch. */
import type { Hex } from '../../../src/base/bytes.ts'

export interface Payer {
  /** Once in a block; undefined, at once and for certain, while it is stopped. */
  pay(to: string, amount: bigint): Promise<Hex | undefined>
  /** Resolves when what it took on is in a block. */
  stop(): Promise<void>
  start(): void
}

export function payerWith(payNow: (to: string, amount: bigint) => Promise<Hex>): Payer {
  let stopped = false
  let queue: Promise<unknown> = Promise.resolve()
  return {
    pay: async (to, amount) => {
      if (stopped) return undefined
      const paid = queue.then(() => payNow(to, amount))
      queue = paid.catch(() => undefined)
      return paid
    },
    stop: async () => {
      stopped = true
      await queue
    },
    start: () => void (stopped = false),
  }
}
