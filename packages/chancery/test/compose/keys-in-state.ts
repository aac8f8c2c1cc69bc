/** A state that holds keys and nothing else. */
import type { KeyRecord } from '../../src/core/key.ts'
import type { Snapshot, State } from '../../src/core/state.ts'
import { noWalletPolicy } from '../../src/core/wallet-policy.ts'

export function keyNamed(name: string, over: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: `key_${name}`,
    algorithm: 'bls12-381',
    publicKey: '0x02',
    backend: 'opening',
    ref: {},
    family: 'consensus',
    kind: 'decoded',
    state: 'enabled',
    frozen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...over,
  }
}

/** Keys put into the list later are in it too. */
export function stateOf(keys: readonly KeyRecord[]): Pick<State, 'current'> {
  const current = (): Snapshot => ({
    epoch: 1,
    halted: false,
    installation: { id: 'ins_a', createdAt: '2026-01-01T00:00:00.000Z' },
    clients: new Map(),
    keys: new Map(keys.map((value) => [value.id, { version: 1, value }])),
    rules: new Map(),
    ceilings: new Map(),
    freezes: new Map(),
    walletPolicy: { version: 0, value: noWalletPolicy },
    findKey: () => undefined,
  })
  return { current }
}
