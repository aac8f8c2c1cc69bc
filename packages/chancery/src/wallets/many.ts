/** Wallets by the thousand: some at a time, an answer each. Interrupted, the same list again goes on where it stopped. */
import { type Deadline, left } from '../base/deadline.ts'
import { sideBySide } from '../base/side-by-side.ts'
import { createSlots, type Slots } from '../base/slots.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { CreateWallet, ManyAnswer, Wallets } from '../core/wallets.ts'
import { createWallet } from './create.ts'
import type { WalletDesk } from './rooms.ts'

/**
 * Creations under way at once, of all lists together: whoever makes thousands takes no more of the key back-end from those who
 * sign. A KMS answers one after 50 to 100 ms, and its own quota is kept by the back-end.
 */
const width = 16

/**
 * Milliseconds at the end in which none is begun: those under way wait in turn for a KMS that makes five a second, and one
 * that is cut off would have to be looked for among all keys of the account.
 */
const reserve = 20_000

export function manyCreator(desk: WalletDesk): Wallets['createMany'] {
  const slots = createSlots(width)
  return (requests, call) => {
    const { at, clock } = call.deadline
    const beginning = { at: at - Math.min(reserve, left(call.deadline) / 2), clock }
    // One for all of them: it says the same of each.
    const unbegun = notBegun()
    return sideBySide(
      requests,
      width,
      async (request) => (await inTurn(slots, beginning, () => answerTo(desk, request, call))) ?? unbegun,
    )
  }
}

/** Undefined where its turn would come after the deadline. */
async function inTurn<T>(slots: Slots, deadline: Deadline, work: () => Promise<T>): Promise<T | undefined> {
  const leave = left(deadline) > 0 ? await slots.enter(deadline) : undefined
  if (leave === undefined) return undefined
  try {
    return await work()
  } finally {
    leave()
  }
}

async function answerTo(desk: WalletDesk, request: CreateWallet, call: Call): Promise<ManyAnswer> {
  try {
    return await createWallet(desk, request, call)
  } catch (error) {
    if (error instanceof Refused || error instanceof Failed) return error
    throw error
  }
}

function notBegun(): Failed {
  const hint = 'Ask again for the same wallets: those that are made are found again, and the rest is gone on with'
  const particulars = { hint, retryAfter: 1 }
  return new Failed('overloaded', 'There was no time left to begin this wallet', { particulars })
}
