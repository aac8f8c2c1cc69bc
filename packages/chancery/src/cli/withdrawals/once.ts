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

/** A wallet may be swept again as soon as it holds something. Nobody knows whether an answer comes: the key is said first. */
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
  return keyOf('pay', [wallet, to.toLowerCase(), amount], {
    of: 'the wallet, the recipient and the amount',
    same: 'the command pays nobody twice. To pay the same once more, give another --key',
    taken: `As much was asked for before, to the same address, in other words: chancery withdrawals list ${wallet}. To pay once more, give a --key`,
  })
}

/** More than one child is paid for by mistake. */
export function keyOfChild(parent: string): Named {
  return keyOf('child', [parent], {
    of: 'the withdrawal',
    same: 'it has one child. To have it paid for once more, give another --key',
    taken: 'It has a child already, at another fee: raise the fee of that one, or give a --key',
  })
}

/** Coins just made one would be moved once more, for another fee. `day` is such as `2026-11-22`. */
export function keyOfMerge(wallet: string, day: string): Named {
  return keyOf('merge', [wallet, day], {
    of: 'the wallet and this day (UTC)',
    same: 'it is done once. To do it again today, give another --key',
    taken: 'It was asked for today already, in other words. To do it again today, give a --key',
  })
}

interface Words {
  readonly of: string
  readonly same: string
  readonly taken: string
}

function keyOf(kind: string, parts: readonly string[], { of, same, taken }: Words): Named {
  const key = `${kind}-${sha256Hex(utf8(JSON.stringify(parts))).slice(2, 34)}`
  return { key, after: `Its Idempotency-Key is ${key}, of ${of}. Repeated, or with --key ${key}, ${same}`, taken }
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
