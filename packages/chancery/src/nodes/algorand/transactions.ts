/** Sending groups and finding out what became of them. */
import { setTimeout as pause } from 'node:timers/promises'
import { concat } from '../../base/bytes.ts'
import { left, type Deadline } from '../../base/deadline.ts'
import { Failed } from '../../core/errors.ts'
import type { Confirmation, Sent } from '../../core/node.ts'
import type { Endpoints } from '../../endpoints/endpoints.ts'
import { cleaned } from '../../endpoints/http.ts'
import type { Ask } from './rest.ts'
import { head, waitAfter } from './rounds.ts'
import { amount, member, mostRounds } from './wire.ts'

export async function broadcast(group: readonly Uint8Array[], ask: Ask): Promise<Sent> {
  const body = { type: 'application/x-binary', bytes: concat(...group) }
  const { value, words } = await ask({ name: 'send', path: '/v2/transactions', body })
  if (words !== '') return { accepted: false, words }
  return typeof member(value, 'txId') === 'string'
    ? { accepted: true }
    : { accepted: false, words: 'the answer is not a transaction id' }
}

/** @throws Failed `node-refused` */
export async function confirmation(id: string, ask: Ask): Promise<Confirmation> {
  const path = `/v2/transactions/pending/${encodeURIComponent(id)}?format=json`
  const { status, value, words } = await ask({ name: 'pending', path })
  if (status === 404) return 'unknown'
  if (words !== '') throw new Failed('node-refused', 'The node answered with an error', { particulars: { got: words } })
  const round = amount(member(value, 'confirmed-round') ?? 0n, 'round', mostRounds)
  if (round > 0n) return { round }
  const error = member(value, 'pool-error')
  return typeof error === 'string' && error !== '' ? { error: cleaned(error) } : 'pending'
}

/** Nodes behind one URL differ by a round or two: what one of them confirmed last, another may not know yet. */
const grace = 3n

/** Between two looks at a node that has no new round to tell of, in milliseconds. */
const breath = 500

/** As `LedgerNode.settled`. A node that fails meanwhile is asked again; what was answered last counts. */
export async function settled(
  id: string,
  lastValid: bigint,
  endpoints: Endpoints<Ask>,
  deadline: Deadline,
): Promise<Confirmation | 'expired'> {
  let known: Look | undefined
  for (;;) {
    const look = await endpoints.first((ask) => lookUp(id, ask), deadline).catch(failureIn)
    if (!(look instanceof Failed)) {
      if (typeof look.found === 'object') return look.found
      if (look.found === 'unknown' && look.round > lastValid + grace) return 'expired'
      known = look
    }
    if (!(await timeIsUp(look instanceof Failed ? undefined : look.round, endpoints, deadline))) continue
    if (known) return known.found
    if (look instanceof Failed) throw look
  }
}

interface Look {
  readonly round: bigint
  readonly found: Confirmation
}

/** The round first: a transaction that is unknown later was not confirmed up to it. */
async function lookUp(id: string, ask: Ask): Promise<Look> {
  return { round: await head(ask), found: await confirmation(id, ask) }
}

function failureIn(error: unknown): Failed {
  if (error instanceof Failed) return error
  throw error
}

/** Waits for a round after `round`, or for a breath where there is none to wait for. */
async function timeIsUp(round: bigint | undefined, endpoints: Endpoints<Ask>, deadline: Deadline): Promise<boolean> {
  if (left(deadline) === 0) return true
  const next = round === undefined ? undefined : await nextRound(round, endpoints, deadline)
  if (round === undefined || next === undefined || next <= round) await pause(Math.min(breath, left(deadline)))
  return left(deadline) === 0
}

async function nextRound(round: bigint, endpoints: Endpoints<Ask>, deadline: Deadline): Promise<bigint | undefined> {
  const next = await endpoints.first((ask) => waitAfter(round, ask), deadline).catch(failureIn)
  return next instanceof Failed ? undefined : next
}
