/** Whoever repeats a command, because its answer was lost or by mistake, pays nobody twice. */
import { randomUUID } from 'node:crypto'
import { ChanceryError, type Withdrawal } from '@chancery/client'
import { sha256Hex, utf8 } from '../../base/bytes.ts'
import { UsageError, type Flags, type Given, type Terminal } from '../command.ts'

export const keyFlags: Flags = {
  key: {
    type: 'string',
    value: '<key>',
    about: 'Your own name for it, its Idempotency-Key: repeated under it, it is the same one (default: one is made)',
  },
}

/** How a request is known, so that it can be repeated, and what there is to say of that. */
export interface Named {
  readonly key: string
  /** Before it is on its way. */
  readonly before?: string
  /** Once it is accepted. */
  readonly after?: string
  /** Where another request has the key. */
  readonly taken?: string
}

/** @throws UsageError for what cannot be one: an empty variable would have another name made */
export function givenKey(given: Given): Named | undefined {
  const key = given.text('key')
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key === undefined ? undefined : { key }
  throw new UsageError(`--key is 1 to 255 visible ASCII characters without a space, got ${key || 'nothing'}`)
}

/** What pays nobody but the organisation itself may be wanted again as it is. Nobody knows whether an answer comes: it is said first. */
export function freshKey(): Named {
  const key = `once-${randomUUID()}`
  return {
    key,
    before: `Its Idempotency-Key is ${key}: to ask for this one again, and not for another, give --key ${key}`,
  }
}

interface Payment {
  readonly wallet: string
  readonly to: string
  readonly amount: string
}

/** The same payment has the same key, whatever else is said of it: the service refuses under it what is said otherwise. */
export function keyOfPayment({ wallet, to, amount }: Payment): Named {
  const key = `pay-${sha256Hex(utf8(JSON.stringify([wallet, to.toLowerCase(), amount]))).slice(2, 34)}`
  const again = `Repeated, or with --key ${key}, the command pays nobody twice. To pay the same once more, give another --key`
  const where = `chancery withdrawals list ${wallet}`
  return {
    key,
    after: `Its Idempotency-Key is ${key}, of the wallet, the recipient and the amount. ${again}`,
    taken: `As much was asked for before, to the same address, in other words: ${where}. To pay once more, give a --key`,
  }
}

export async function once(
  terminal: Terminal,
  { key, before, after, taken }: Named,
  ask: (once: { readonly idempotencyKey: string }) => Promise<Withdrawal>,
): Promise<Withdrawal> {
  if (before !== undefined) terminal.note(before)
  try {
    const accepted = await ask({ idempotencyKey: key })
    if (after !== undefined) terminal.note(after)
    return accepted
  } catch (error) {
    if (isDoubtful(error)) terminal.note(`Whether it was accepted is not known: repeat it with --key ${key}`)
    else if (taken !== undefined && isTaken(error)) terminal.note(taken)
    throw error
  }
}

/** No answer, or one that says that something broke on the way. */
function isDoubtful(error: unknown): boolean {
  return error instanceof ChanceryError && (error.status === 0 || error.status >= 500 || error.code === 'unreadable')
}

function isTaken(error: unknown): boolean {
  return error instanceof ChanceryError && error.code === 'idempotency-conflict'
}
