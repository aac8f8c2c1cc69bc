import { expect, onTestFinished, test } from 'vitest'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import type { LedgerNode } from '../../src/core/node.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod } from '../nodes/algorand/algod/server.ts'
import { nodeAt, testNetwork } from '../nodes/algorand/fixture.ts'
import { openHouse, removeFolder } from './house.ts'

test('a long list asks a node a few questions at a time, and every one of them', async () => {
  const algod = await startAlgod({ ledger: createMemoryLedger() })
  const node = nodeAt(algod.url)
  const asked = { now: 0, most: 0 }
  const account: LedgerNode['account'] = async (address, deadline) => {
    asked.most = Math.max(asked.most, ++asked.now)
    return node.account(address, deadline).finally(() => asked.now--)
  }
  const house = await openHouse({
    chains: [createAlgorand({ networks: [{ network: testNetwork }] })],
    ledgers: new Map([[testNetwork, { ...node, account }]]),
  })
  onTestFinished(async () => {
    await house.close()
    await removeFolder(house)
    await algod.close()
  })
  const wanted = { backend: 'sealed', family: 'algorand', kind: 'decoded', network: testNetwork } as const
  const made = []
  for (let i = 0; i < 20; i++) made.push((await house.keyring.create(wanted, house.operator())).id)

  const { accounts } = await house.accounts.list({ limit: 500 }, house.operator())

  expect(accounts.map(({ key }) => key.id)).toEqual(made.toSorted())
  expect(accounts.every(({ ledger }) => ledger?.balance === 0n)).toBe(true)
  expect(asked.most).toBeLessThanOrEqual(8)
})
