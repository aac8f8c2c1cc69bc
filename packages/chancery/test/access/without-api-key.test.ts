/** Whoever brings no proof of its own, but an address or a place on this machine, signs duties and nothing else. */
import { expect, test } from 'vitest'
import { checkIdentity } from '../../src/access/identity.ts'
import { loopbackPrincipal } from '../../src/access/loopback.ts'
import { assumedAcknowledgement } from '../../src/core/access.ts'
import { dutyOperations, isSignOperation, operations, type Operation } from '../../src/core/names.ts'
import type { NewClient } from '../../src/core/services.ts'

const lasting = ['sign:voluntary-exit', 'sign:deposit', 'sign:bls-change', 'sign:opaque-root'] as const
const duties: readonly Operation[] = dutyOperations

test('what lasts is no duty', () => {
  expect(duties.filter((one) => lasting.some((other) => other === one))).toEqual([])
})

test('on loopback: duties, and the list of keys', () => {
  const held = loopbackPrincipal.grants.flatMap((grant) => grant.operations)
  expect(held.toSorted()).toEqual([...dutyOperations, 'keys:read'].toSorted())
})

function byAddress(operation: Operation, acknowledge?: string): NewClient {
  const grants = [{ operations: [operation], keys: '*' as const, networks: '*' as const }]
  return { name: 'vero', grants, identity: { assumedFrom: ['10.0.0.0/8'] }, ...(acknowledge && { acknowledge }) }
}

test.each(operations.filter((one) => one !== 'keys:read' && !duties.includes(one)))(
  'by address alone nobody is granted %s',
  (operation) => {
    expect(() => checkIdentity(byAddress(operation, assumedAcknowledgement), [])).toThrow(/grants/)
  },
)

test.each(dutyOperations)('%s is, once somebody says that this is meant', (operation) => {
  expect(isSignOperation(operation)).toBe(true)
  expect(() => checkIdentity(byAddress(operation), [])).toThrow(/acknowledge/)
  expect(() => checkIdentity(byAddress(operation, assumedAcknowledgement), [])).not.toThrow()
})
