/** Which networks get which kind of node, and with what of the configuration. */
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { loadLedgers, loadNodes } from '../../src/compose/parts.ts'
import type { NodeCall } from '../../src/core/node.ts'
import { load } from '../config/fixture.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'

const testnet = { id: 'testnet-v1.0', hash: 'SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=' }
const network = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
const soon = () => deadlineIn(30_000, systemClock)

async function serving(): Promise<Algod> {
  const algod = await startAlgod({ ledger: createMemoryLedger(), genesis: testnet, token: 't0ken' })
  onTestFinished(algod.close)
  return algod
}

function networksOf(algod: Algod) {
  const networks = [
    { id: network, rpc: [algod.url.href], indexer: algod.indexerUrl.href },
    { id: 'algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k' },
    { id: 'eip155:31337', rpc: ['http://127.0.0.1:1'] },
    { id: 'eip155:1337', rpc: ['http://127.0.0.1:1'], confirmations: 3 },
  ]
  return load({ flags: { networks: JSON.stringify(networks) } })
}

test('a network with a node has the one its chain has', async () => {
  const config = networksOf(await serving())
  const [nodes, ledgers] = await Promise.all([loadNodes(config, () => {}), loadLedgers(config, () => {})])
  expect([...nodes.keys()]).toEqual(['eip155:31337', 'eip155:1337'])
  expect([...ledgers.keys()]).toEqual([network])
})

test('the chain says when a transaction is final, unless the operator does', async () => {
  const nodes = await loadNodes(networksOf(await serving()), () => {})
  expect([...nodes.values()].map(({ confirmations }) => confirmations)).toEqual([12n, 3n])
})

test('a ledger is asked with its token, an indexer too, and every call is observed under its network', async () => {
  const calls: [string, NodeCall['method']][] = []
  const ledgers = await loadLedgers(networksOf(await serving()), (where, { method }) => calls.push([where, method]))
  const ledger = ledgers.get(network)
  await ledger?.check(soon())
  await expect(ledger?.controlledBy('A'.repeat(58), soon())).resolves.toEqual([])
  expect(new Set(calls.map(([where]) => where))).toEqual(new Set([network]))
  expect(calls.map(([, method]) => method)).toContain('controlled')
})
