/** Every network that has a node is looked at, whatever kind of chain it is of. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { nodeExaminations } from '../../src/compose/examinations.ts'
import { loadChains, loadCoinNetworks, loadLedgers, loadNodes } from '../../src/compose/parts.ts'
import { examineAll } from '../../src/health/doctor.ts'
import { load } from '../config/fixture.ts'

const ids = [
  'eip155:31337',
  'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe',
  'bip122:0f9188f13cb7b2c71f2a335e3a4fc328',
  'bip122:530827f38f93b43ed12af0b3ad25a288',
]

test('a node that does not answer is a problem of its network', async () => {
  const networks = ids.map((id) => ({ id, rpc: ['http://127.0.0.1:1'] }))
  const config = load({ flags: { networks: JSON.stringify(networks) } })
  const none = () => {}
  const examinations = nodeExaminations({
    networks: await loadNodes(config, none),
    ledgers: await loadLedgers(config, none),
    coinNetworks: await loadCoinNetworks(config, await loadChains(config), none),
  })
  const findings = await examineAll(examinations, deadlineIn(30_000, systemClock))
  expect(findings.map(({ subject }) => subject).toSorted()).toEqual(ids.map((id) => `node of ${id}`).toSorted())
  expect(findings.every(({ level }) => level === 'problem')).toBe(true)
})
