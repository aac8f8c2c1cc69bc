/** The validators' room on a real register over SQLite; keys as records alone, for whoever asks them to sign nothing. */
import { randomBytes } from 'node:crypto'
import { holdsGrantOn, permits, requirePermit } from '../../src/access/permit.ts'
import { operatorPrincipal } from '../../src/access/operator.ts'
import type { Clock } from '../../src/base/clock.ts'
import { deadlineIn, type Deadline } from '../../src/base/deadline.ts'
import { toHex, type Hex } from '../../src/base/bytes.ts'
import { newId } from '../../src/base/id.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Call } from '../../src/core/call.ts'
import { entryDuty, type DutyClaim } from '../../src/core/claim.ts'
import type { AttemptEntry } from '../../src/core/entries.ts'
import { Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { ImportKey } from '../../src/core/keyring.ts'
import type { ProtectionRow } from '../../src/core/protection.ts'
import type { BeaconTiming, Validators } from '../../src/core/validators.ts'
import { claimRows } from '../../src/guard/rows.ts'
import type { ProtectingRooms, ValidatorRooms } from '../../src/validators/rooms.ts'
import { createProtecting, type Protecting } from '../../src/validators/protecting.ts'
import { createValidators } from '../../src/validators/validators.ts'
import { conflict } from '../../src/core/conflict.ts'
import { folder, keyRecord, openWhole } from '../register/fixtures.ts'

/** In epoch 1000, slot 32,000, and 24 s. */
export const now = Date.parse('2026-11-21T12:00:00Z')

export function timing(change: Partial<BeaconTiming> = {}): BeaconTiming {
  return {
    network: 'beacon:1',
    genesisValidatorsRoot: `0x${'00'.repeat(32)}`,
    genesisTime: now - 32_002 * 12_000,
    slotDuration: 12_000,
    slotsPerEpoch: 32,
    ...change,
  }
}

export interface TestClock extends Clock {
  time: number
}

function testClock(): TestClock {
  const started = performance.now()
  const clock = {
    time: now,
    now: () => clock.time,
    monotonic: () => performance.now() - started,
  }
  return clock
}

export interface TestValidators extends Validators, Protecting {
  readonly rooms: ValidatorRooms
  readonly clock: TestClock
  readonly store: Awaited<ReturnType<typeof openWhole>>['store']
  readonly state: Awaited<ReturnType<typeof openWhole>>['state']
  call(principal?: Principal): Call
  /** A key that is here, by its public key. */
  addKey(change?: Partial<KeyRecord>): Promise<KeyRecord>
  row(publicKey: Hex, timing?: BeaconTiming): Promise<ProtectionRow | undefined>
  /** What the flow of a duty does before it signs. @throws Refused `conflicts-with-earlier` */
  claim(duty: DutyClaim): Promise<void>
  /** The bodies of protection's entries. */
  entries(): Promise<readonly { readonly [name: string]: unknown }[]>
}

export function randomPublicKey(): Hex {
  return toHex(randomBytes(48))
}

export function validatorKey(change: Partial<KeyRecord> = {}): KeyRecord {
  const publicKey = randomPublicKey()
  return keyRecord({ algorithm: 'bls12-381', family: 'consensus', publicKey, network: 'beacon:1', ...change })
}

type Change = Partial<ValidatorRooms> & { readonly networks?: readonly BeaconTiming[] }

export async function openValidators({ networks = [timing()], ...change }: Change = {}): Promise<TestValidators> {
  const clock = testClock()
  const whole = await openWhole(await folder())
  const { store, state } = whole
  const put = (value: KeyRecord) => putKey(state, value, deadlineIn(60_000, clock))
  const ground = groundOf(whole, clock, networks, change)
  const protecting = createProtecting(ground)
  const rooms = roomsOver(ground, protecting, change, put)
  const call = (principal: Principal = operatorPrincipal): Call => ({ principal, deadline: deadlineIn(60_000, clock) })
  return {
    ...protecting,
    ...createValidators(rooms),
    rooms,
    clock,
    store,
    state,
    call,
    addKey: async (more) => {
      const value = validatorKey(more)
      await put(value)
      return value
    },
    row: async (publicKey, of = timing()) =>
      (await store.protection([`${publicKey}@${of.genesisValidatorsRoot}`], call().deadline))[0],
    claim: (duty) => claim(whole, duty, call().deadline),
    entries: async () => {
      const { entries } = await store.latestEntries({ limit: 500 }, call().deadline)
      const bodies = entries.map(({ body }) => JSON.parse(body) as { readonly [name: string]: unknown })
      return bodies.filter(({ kind }) => kind === 'protection')
    },
  }
}

type Whole = Awaited<ReturnType<typeof openWhole>>

function putKey(state: Whole['state'], value: KeyRecord, deadline: Deadline): Promise<unknown> {
  const expect = state.current().keys.get(value.id)?.version ?? 0
  return state.change(
    { actor: 'test', action: 'key.import', about: {}, puts: [{ kind: 'key', value, expect }] },
    deadline,
  )
}

function groundOf(
  { store, writer, state }: Whole,
  clock: TestClock,
  networks: readonly BeaconTiming[],
  change: Partial<ProtectingRooms>,
): ProtectingRooms {
  return {
    state,
    recorder: writer,
    store,
    clock,
    family: 'consensus',
    timings: new Map(networks.map((one) => [one.network, one])),
    agreedTime: async () => clock.now(),
    ...change,
  }
}

function roomsOver(
  ground: ProtectingRooms,
  { noteProtected }: Protecting,
  change: Partial<ValidatorRooms>,
  put: (key: KeyRecord) => Promise<unknown>,
): ValidatorRooms {
  const rooms: ValidatorRooms = {
    ...ground,
    noteProtected,
    keyring: { importMany: obedient(() => rooms.state, put) },
    signing: {
      sign: () => Promise.reject(new Error('nothing is signed here')),
      judge: () => Promise.reject(new Error('nothing is judged here')),
    },
    backends: new Map(),
    backend: 'sealed',
    requirePermit,
    permits,
    holdsGrantOn,
    claimRows,
    exitValue: () => undefined,
    ...change,
  }
  return rooms
}

async function claim({ writer, state }: Whole, duty: DutyClaim, deadline: Deadline): Promise<void> {
  const recorded = await writer.record(attemptOf(duty, state.current().epoch), deadline)
  if (recorded.status === 'refused' && recorded.fault.reason === 'duty') throw conflict(recorded.fault, now)
  if (recorded.status !== 'recorded') throw new Error(`the attempt was ${recorded.status}`)
}

function attemptOf(duty: DutyClaim, epoch: number) {
  const { guards, windows, duties } = claimRows([duty])
  const entry: AttemptEntry = {
    kind: 'attempt',
    id: newId('att', now),
    time: new Date(now).toISOString(),
    client: 'cli_1',
    key: 'key_1',
    publicKey: '0x02',
    operation: duty.kind === 'block' ? 'sign:block' : 'sign:attestation',
    summary: {},
    payloads: [duty.root],
    guards: [],
    duties: duties.map(entryDuty),
    rules: { version: 1 },
    epoch,
  }
  return { bodies: [entry], guards, windows, duties, epoch, signs: true }
}

/**
 * Keeps the promises of `Keyring.importMany` without a secret: a keystore is `{ pubkey }`, its password `wrong` or anything
 * else.
 */
function obedient(state: () => ValidatorRooms['state'], put: (key: KeyRecord) => Promise<unknown>) {
  const importMany: ValidatorRooms['keyring']['importMany'] = async (requests, take, _call, ready) => {
    const opened: { index: number; key: KeyRecord }[] = []
    const again: typeof opened = []
    for (const [index, request] of [...requests].entries()) {
      const key = open(request)
      const standing = key && state().current().findKey(key.publicKey)
      const twice = key && opened.some((other) => other.key.publicKey === key.publicKey)
      if (key === undefined) take(index, new Refused('invalid-payload', 'The password does not open the keystore'))
      else if (standing?.state === 'enabled') take(index, taken(key))
      else if (twice) again.push({ index, key })
      else opened.push({ index, key: { ...key, id: standing?.id ?? key.id } })
    }
    const refused = await ready?.(opened.map(({ key }) => key.publicKey))
    for (const { index, key } of opened) {
      const refusal = refused?.get(key.publicKey)
      if (refusal === undefined) await put(key)
      take(index, refusal ?? key)
    }
    for (const { index, key } of again) take(index, taken(key))
  }
  return importMany
}

function taken({ publicKey }: KeyRecord): Refused {
  return new Refused('already-exists', 'The key is here already', { got: publicKey })
}

function open({ secret, network }: ImportKey): KeyRecord | undefined {
  if (secret.format !== 'keystore-v4' || secret.password === 'wrong') return undefined
  const { pubkey, hidden } = JSON.parse(secret.keystore) as { pubkey?: string; hidden?: string }
  const publicKey = `0x${(pubkey ?? hidden ?? '').replace(/^0x/, '').toLowerCase()}` as const
  return validatorKey({ publicKey, ...(network && { network }) })
}
