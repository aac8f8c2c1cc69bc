/** A whole house on real parts in a folder of its own: SQLite, sealed keys in a signer process, the EVM. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operatorPrincipal } from '../../src/access/operator.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import { buildHouse, type House, type HouseParts } from '../../src/compose/house.ts'
import type { Grant, Principal } from '../../src/core/access.ts'
import type { KeyBackend } from '../../src/core/backend.ts'
import type { Failed } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Operation } from '../../src/core/names.ts'
import type { Rules } from '../../src/core/rules.ts'
import { noRules } from '../../src/core/rules.ts'
import type { Call } from '../../src/core/call.ts'
import { createSealed, type SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { openWitness, type Witness } from '../../src/register/witness.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/core/store.ts'
import { createVerifier } from '../../src/signing/verification/verifier.ts'

export const network = 'eip155:31337'
export const someone = '0x000000000000000000000000000000000000dEaD'

export interface TestHouse extends House {
  readonly store: Store
  readonly witness: Witness
  readonly folder: string
  readonly fatal: Failed[]
  operator(): Call
  as(principal: Principal): Call
  close(): Promise<void>
}

export interface TestParts extends Partial<HouseParts> {
  readonly folder?: string
  readonly store?: Store
  readonly extraBackends?: readonly KeyBackend[]
  /**
   * Its caller's, who closes it: one for houses of different keys, because a signer process takes longer to start than most
   * tests take. It remembers what it signed, so none for a house that comes after another on the same keys.
   */
  readonly sealed?: SealedBackend
}

const fixed = (fill: number) => new Secret(new Uint8Array(32).fill(fill))

export const openSealed = (clock: Clock = systemClock): Promise<SealedBackend> =>
  createSealed({ keyEncryptionKey: fixed(7), clock })

/** Starts on a folder of its own, or on one that an earlier house left. */
export async function openHouse(given: TestParts = {}): Promise<TestHouse> {
  const clock: Clock = given.clock ?? systemClock
  const folder = given.folder ?? (await mkdtemp(join(tmpdir(), 'chancery-house-')))
  const fatal: Failed[] = []
  const onFatal = (error: Failed) => void fatal.push(error)
  const store = given.store ?? (await openSqlite({ path: join(folder, 'data', 'store.sqlite'), clock, onFatal }))
  const witness = given.witness ?? (await openWitness({ path: join(folder, 'witness') }))
  const sealed = given.sealed ?? (given.backends === undefined ? await openSealed(clock) : undefined)
  const verifier = createVerifier()
  const house = await buildHouse({
    store,
    witness,
    stateKey: fixed(1),
    pepper: fixed(2),
    chains: [createEvm({ networks: [{ network }], assets: [] })],
    backends: async () => [...(sealed ? [sealed] : []), ...(given.extraBackends ?? [])],
    isMain: () => false,
    networks: new Map(),
    ledgers: new Map(),
    sponsors: [],
    verifier,
    clock,
    version: 'test',
    holder: 'test',
    interval: 50,
    onError: () => {},
    onFatal,
    ...given,
  })
  const as = (principal: Principal): Call => ({ principal, deadline: deadlineIn(30_000, clock) })
  return {
    ...house,
    store,
    witness,
    folder,
    fatal,
    as,
    operator: () => as(operatorPrincipal),
    close: async () => {
      await house.relay.close()
      await house.writer.close()
      await witness.close()
      await store.close()
      if (given.sealed === undefined) await sealed?.close()
      await verifier.close()
    },
  }
}

export const removeFolder = ({ folder }: TestHouse): Promise<void> => rm(folder, { recursive: true, force: true })

/** A sealed EVM key that may pay `someone` up to `maximum` wei, unless other rules are given. */
export async function payingKey(house: TestHouse, rules: Partial<Rules> = {}, backend = 'sealed'): Promise<KeyRecord> {
  const key = await house.keyring.create({ backend, family: 'evm', kind: 'decoded' }, house.operator())
  const paying: Rules = {
    ...noRules,
    operations: ['sign:transaction', 'sign:message'],
    networks: [network],
    recipients: [someone],
    maximums: { [`${network}/slip44:60`]: '1000' },
    fees: { [network]: '1000000000000000000' },
    ...rules,
  }
  await house.keyring.putRules(key.id, paying, 0, house.operator())
  return key
}

export async function client(house: TestHouse, grants: readonly Grant[], name = 'app'): Promise<Principal> {
  const { client: made } = await house.clients.create({ name, grants }, house.operator())
  return { client: made.id, name: made.name, grants: made.grants, scheme: 'api-key' }
}

/** A call of somebody who is no client, and may do this with everything. */
export function callThatMay(house: TestHouse, ...operations: readonly Operation[]): Call {
  const grants: readonly Grant[] = [{ operations, keys: '*', networks: '*' }]
  return house.as({ client: 'cli_00000000000000000000000000', name: 'exchange', scheme: 'api-key', grants })
}

/** One grant on everything a test needs of a key. */
export function signer(key: KeyRecord): readonly Grant[] {
  return [{ operations: ['sign:transaction', 'sign:message', 'relay', 'keys:read'], keys: [key.id], networks: '*' }]
}

export function payment(nonce: number, value = '5'): Record<string, string | number> {
  return { type: 2, nonce, to: someone, value, gas: 21000, maxFeePerGas: '2000000000', maxPriorityFeePerGas: '1' }
}
