/** A state kept in memory, and the people of these tests. Kept apart from the register on purpose: access needs neither. */
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { ClientRecord, Grant, Principal } from '../../src/core/access.ts'
import { Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { ClientId, KeyId } from '../../src/core/names.ts'
import type { Call } from '../../src/core/call.ts'
import type { ChangeRequest, Snapshot, State, StatePut } from '../../src/core/state.ts'
import { noWalletPolicy } from '../../src/core/wallet-policy.ts'

export const clientId = (letter: string): ClientId => `cli_0${letter.repeat(25)}`
export const keyId = (letter: string): KeyId => `key_0${letter.repeat(25)}`
export const pepper = () => new Secret(new Uint8Array(32).fill(7))

export interface TestClock extends Clock {
  time: number
}

export function testClock(time = Date.parse('2026-01-01T00:00:00Z')): TestClock {
  return {
    time,
    now() {
      return this.time
    },
    monotonic() {
      return this.time
    },
  }
}

export function principal(...grants: readonly Grant[]): Principal {
  return { client: clientId('p'), name: 'somebody', grants, scheme: 'api-key' }
}

export function callBy(caller: Principal, clock: Clock = testClock()): Call {
  return { principal: caller, deadline: deadlineIn(1_000, clock) }
}

export function keyRecord(letter: string, change: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: keyId(letter),
    algorithm: 'secp256k1-ecdsa',
    publicKey: `0x02${letter.charCodeAt(0).toString(16).repeat(32)}`,
    backend: 'sealed',
    ref: {},
    family: 'evm',
    kind: 'decoded',
    state: 'enabled',
    frozen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...change,
  }
}

export interface MemoryState extends State {
  readonly changes: ChangeRequest[]
}

export function memoryState(clients: readonly ClientRecord[] = [], keys: readonly KeyRecord[] = []): MemoryState {
  const changes: ChangeRequest[] = []
  let snapshot: Snapshot = {
    epoch: 1,
    halted: false,
    installation: { id: 'installation', createdAt: '2026-01-01T00:00:00.000Z' },
    clients: new Map(clients.map((value) => [value.id, { version: 1, value }])),
    keys: new Map(keys.map((value) => [value.id, { version: 1, value }])),
    rules: new Map(),
    ceilings: new Map(),
    freezes: new Map(),
    walletPolicy: { version: 0, value: noWalletPolicy },
    findKey: (name) =>
      [...snapshot.keys.values()].find(({ value }) => value.id === name || value.alias === name)?.value,
  }
  return {
    changes,
    current: () => snapshot,
    refresh: async () => snapshot,
    refreshIfMoved: async () => snapshot,
    change: async (request) => {
      changes.push(request)
      snapshot = {
        ...request.puts.reduce(withPut, snapshot),
        epoch: snapshot.epoch + 1,
        halted: request.halted ?? snapshot.halted,
      }
      return snapshot
    },
  }
}

function withPut(snapshot: Snapshot, put: StatePut): Snapshot {
  if (put.kind === 'client') return { ...snapshot, clients: replaced(snapshot.clients, put.value.id, put) }
  if (put.kind === 'key') return { ...snapshot, keys: replaced(snapshot.keys, put.value.id, put) }
  if (put.kind === 'ceiling') return { ...snapshot, ceilings: replaced(snapshot.ceilings, put.id, put) }
  if (put.kind === 'freeze') return { ...snapshot, freezes: replaced(snapshot.freezes, put.id, put) }
  if (put.kind === 'rules') return { ...snapshot, rules: replaced(snapshot.rules, put.id, put) }
  const policy = replaced(new Map([['', snapshot.walletPolicy]]), '', put).get('')
  return { ...snapshot, ...(policy && { walletPolicy: policy }) }
}

function replaced<I, T>(
  records: ReadonlyMap<I, { version: number; value: T }>,
  id: I,
  put: { value: T; expect: number },
): ReadonlyMap<I, { version: number; value: T }> {
  if ((records.get(id)?.version ?? 0) !== put.expect)
    throw new Refused('version-conflict', 'It changed in the meantime')
  return new Map(records).set(id, { version: put.expect + 1, value: put.value })
}

/** What a call was refused with. */
export async function refusalOf(work: () => unknown): Promise<Refused> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
  throw new Error('it was not refused')
}
