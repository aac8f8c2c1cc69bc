/** The policy of wallets as versioned data, and what it would say. Only administrators see or change it. */
import { sha256Hex, utf8 } from '../../base/bytes.ts'
import type { Deadline } from '../../base/deadline.ts'
import { actorOf } from '../../core/access.ts'
import type { Call } from '../../core/call.ts'
import type { WindowClaim } from '../../core/claim.ts'
import { invalidRequest, Refused } from '../../core/errors.ts'
import type { Snapshot, Versioned } from '../../core/state.ts'
import type { WalletRow } from '../../core/wallet-store.ts'
import type { WalletPolicy } from '../../core/wallet-policy.ts'
import type {
  AskedPayment,
  PaymentLook,
  PaymentQuestion,
  WalletPolicies,
  WindowLook,
} from '../../core/wallet-policies.ts'
import { placeOf } from '../assets.ts'
import { evaluatePayment } from './evaluate.ts'
import { heldBy } from './frozen.ts'
import { fullnessOf, type Fullness } from './fullness.ts'
import { momentOf } from './moment.ts'
import { readPolicy } from './read.ts'
import type { PolicyRooms } from './rooms.ts'
import { windowsOf } from './windows.ts'

export interface RunningWalletPolicies extends WalletPolicies {
  /** Looks how full windows are, for whoever watches. */
  look(deadline: Deadline): Promise<void>
  /** As last looked at. */
  fullness(): readonly Fullness[]
}

export function createWalletPolicies(rooms: PolicyRooms): RunningWalletPolicies {
  let seen: readonly Fullness[] = []
  const administered = (call: Call) => {
    const snapshot = rooms.state.current()
    rooms.requireAdministrator(call.principal, snapshot)
    return snapshot
  }
  return {
    get: async (call) => administered(call).walletPolicy,
    put: async (value, expect, call) => {
      administered(call)
      return put(rooms, value, expect, call)
    },
    check: async (question, call) => check(rooms, administered(call), question, call),
    look: async (deadline) => {
      seen = await fullnessOf(rooms, rooms.state.current().walletPolicy.value, deadline)
    },
    fullness: () => seen,
  }
}

/** In full in the register: a payment of the past was judged by a version that only stays to be read there. */
async function put(
  { state, ...parts }: PolicyRooms,
  value: WalletPolicy,
  expect: number,
  call: Call,
): Promise<Versioned<WalletPolicy>> {
  const policy = readPolicy(parts, value)
  const change = {
    actor: actorOf(call.principal),
    action: 'wallet-policy.put',
    about: { version: expect + 1, policy: { ...policy } },
    puts: [{ kind: 'wallet-policy', value: policy, expect }],
  } as const
  return (await state.change(change, call.deadline)).walletPolicy
}

async function check(
  rooms: PolicyRooms,
  snapshot: Snapshot,
  question: PaymentQuestion,
  { deadline }: Call,
): Promise<PaymentLook> {
  const payment = await described(rooms, question, deadline)
  const policy = snapshot.walletPolicy.value
  const moment = await momentOf(rooms, policy, payment, deadline)
  const decision = evaluatePayment(policy, payment, moment)
  const claims = windowsOf(policy, payment, anyRoot, { now: () => moment.now })
  const windows = await Promise.all(claims.map((claim) => lookAt(rooms, claim, deadline)))
  const fits = windows.every(({ used, amount, limit }) => used + amount <= limit)
  const frozen = snapshot.halted ? 'everything' : heldBy(snapshot, payment)
  const verdict = decision.verdict === 'allow' && fits && frozen === undefined ? 'allow' : 'deny'
  return { verdict, decision, windows, ...(frozen !== undefined && { frozen }) }
}

/** Nothing is claimed by it. */
const anyRoot = sha256Hex(utf8('a look'))

async function lookAt({ store }: PolicyRooms, claim: WindowClaim, deadline: Deadline): Promise<WindowLook> {
  const { scope, period, amount, limit } = claim
  return { scope, period, amount, limit, used: (await store.windowTotal(scope, period, deadline)) ?? 0n }
}

async function described(rooms: PolicyRooms, question: PaymentQuestion, deadline: Deadline): Promise<AskedPayment> {
  const row = question.wallet && (await walletOf(rooms, question.wallet, deadline))
  const user = question.user ?? row?.user
  const tier = question.tier ?? row?.tier
  const name = question.asset ?? row?.asset
  if (user === undefined) throw invalidRequest('user', 'nothing', 'a wallet, or a user and a tier')
  if (tier === undefined) throw invalidRequest('tier', 'nothing', 'a wallet, or a user and a tier')
  if (name === undefined) throw invalidRequest('asset', 'nothing', 'a wallet, or an asset')
  const { chain, network, asset } = placeOf(rooms, name, question.network ?? row?.network)
  const to = chain.parseAddress(question.to, 'to', network)
  const { amount, maxFee = 0n } = question
  return { wallet: row?.id ?? 'wal_none', user, tier, network, asset, to, amount, maxFee }
}

async function walletOf({ store }: PolicyRooms, id: WalletRow['id'], deadline: Deadline): Promise<WalletRow> {
  const row = await store.wallet(id, deadline)
  if (row !== undefined) return row
  throw new Refused('not-found', 'There is no such wallet', { where: 'wallet', got: id })
}
