import { expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const root = `0x${'D6'.repeat(32)}`
const config = `
PRESET_BASE: 'minimal' # as generators write it
GENESIS_FORK_VERSION: 0x10000038
TERMINAL_TOTAL_DIFFICULTY: 58750000000000000000000
FULU_FORK_EPOCH: 18446744073709551615
BLOB_SCHEDULE:
  - EPOCH: 0
`

function networks(entry: string): string {
  return `networks:\n  - ${entry}\n`
}

test('a network is described by a file, whose values stay text', () => {
  const file = networks(
    `{ id: beacon:devnet, spec: net/config.yaml, genesisValidatorsRoot: "${root}", genesisTime: 1700000000 }`,
  )
  expect(load({ file, others: { '/srv/app/net/config.yaml': config } }).networks).toMatchObject([
    {
      network: 'beacon:devnet',
      main: true,
      genesisValidatorsRoot: root.toLowerCase(),
      genesisTime: 1_700_000_000,
      spec: {
        PRESET_BASE: 'minimal',
        GENESIS_FORK_VERSION: '0x10000038',
        TERMINAL_TOTAL_DIFFICULTY: '58750000000000000000000',
        FULU_FORK_EPOCH: '18446744073709551615',
        BLOB_SCHEDULE: [{ EPOCH: '0' }],
      },
    },
  ])
})

test('known networks need none, and test networks are no main networks', () => {
  const named = ['mainnet', 'gnosis', 'sepolia', 'hoodi', 'chiado']
  const file = `networks: [${named.map((name) => `{ id: beacon:${name} }`).join(', ')}]`
  expect(load({ file }).networks.map(({ main }) => main)).toEqual([true, true, false, false, false])
})

const wrong: Readonly<Record<string, string>> = {
  '/srv/app/list.yaml': '- 1\n',
  '/srv/app/twice.yaml': 'A: 1\nA: 2\n',
  '/srv/app/anchor.yaml': 'A: &a 1\nB: *a\n',
}

test.each([
  ['spec: absent.yaml', 'the spec of beacon:devnet'],
  ['spec: list.yaml', 'the spec of beacon:devnet'],
  ['spec: twice.yaml', 'twice.yaml'],
  ['spec: anchor.yaml', 'anchor.yaml'],
  ['spec: 7', 'networks[0].spec'],
  ['genesisValidatorsRoot: "0x12"', 'networks[0].genesisValidatorsRoot'],
  ['genesisTime: "soon"', 'networks[0].genesisTime'],
])('%s is a problem at %s', (member, where) => {
  const problems = problemsOf({ file: networks(`{ id: beacon:devnet, ${member} }`), others: wrong })
  expect(problems.map((problem) => problem.where)).toEqual([expect.stringContaining(where)])
})
