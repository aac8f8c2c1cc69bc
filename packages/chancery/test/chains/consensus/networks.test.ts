import { describe, expect, test } from 'vitest'
import { createConsensus } from '../../../src/chains/consensus/chain.ts'
import { parseYamlTexts } from '../../../src/config/yaml.ts'
import { isJsonObject, type JsonObject } from '../../../src/base/json.ts'
import type { Hex } from '../../../src/base/bytes.ts'
import { epochAt, slotAt } from '../../../src/validators/timing.ts'
import { consensus, parsed, type Body } from './signing.ts'

test('known networks: genesis, pace and forks', () => {
  const known = consensus.beacon?.map(({ network, genesisTime, slotDuration, slotsPerEpoch, forks }) => [
    network,
    new Date(genesisTime).toISOString(),
    slotDuration,
    slotsPerEpoch,
    forks.map(({ version }) => version.slice(2)).join(' '),
  ])
  expect(known).toEqual([
    [
      'beacon:mainnet',
      '2020-12-01T12:00:23.000Z',
      12_000,
      32,
      '00000000 01000000 02000000 03000000 04000000 05000000 06000000 07000000',
    ],
    [
      'beacon:sepolia',
      '2022-06-20T14:00:00.000Z',
      12_000,
      32,
      '90000069 90000070 90000071 90000072 90000073 90000074 90000075 90000076',
    ],
    [
      'beacon:hoodi',
      '2025-03-17T12:10:00.000Z',
      12_000,
      32,
      '10000910 20000910 30000910 40000910 50000910 60000910 70000910 80000910',
    ],
    [
      'beacon:gnosis',
      '2021-12-08T19:55:40.000Z',
      5_000,
      16,
      '00000064 01000064 02000064 03000064 04000064 05000064 06000064',
    ],
    [
      'beacon:chiado',
      '2022-10-10T10:05:00.000Z',
      5_000,
      16,
      '0000006f 0100006f 0200006f 0300006f 0400006f 0500006f 0600006f',
    ],
  ])
})

/** When forks came, in words of those who announced them: a wrong epoch, genesis or pace would not fit. */
test.each([
  ['beacon:mainnet', 'altair', '2021-10-27T10:56:23.000Z'],
  ['beacon:mainnet', 'bellatrix', '2022-09-06T11:34:47.000Z'],
  ['beacon:mainnet', 'capella', '2023-04-12T22:27:35.000Z'],
  ['beacon:mainnet', 'deneb', '2024-03-13T13:55:35.000Z'],
  ['beacon:mainnet', 'electra', '2025-05-07T10:05:11.000Z'],
  ['beacon:mainnet', 'fulu', '2025-12-03T21:49:11.000Z'],
  ['beacon:sepolia', 'gloas', '2026-10-06T13:53:36.000Z'],
  ['beacon:gnosis', 'bellatrix', '2022-11-30T19:23:40.000Z'],
  ['beacon:chiado', 'deneb', '2024-01-31T18:15:40.000Z'],
] as const)('%s: %s came at %s', (network, name, at) => {
  const found = consensus.beacon?.find((one) => one.network === network)
  const fork = found?.forks.find((one) => one.name === name)
  if (found === undefined || fork === undefined) throw new Error('no such fork')
  const time = found.genesisTime + Number(fork.epoch) * found.slotsPerEpoch * found.slotDuration
  expect(new Date(time).toISOString()).toBe(at)
})

/** The head of a devnet's config.yaml, as ethereum-genesis-generator writes it. */
const devnet = `
PRESET_BASE: 'minimal'
CONFIG_NAME: testnet
MIN_GENESIS_TIME: 1700000000
GENESIS_DELAY: 60
GENESIS_FORK_VERSION: 0x10000038
TERMINAL_TOTAL_DIFFICULTY: 58750000000000000000000
ALTAIR_FORK_VERSION: 0x20000038
ALTAIR_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: 0x30000038
BELLATRIX_FORK_EPOCH: 0
CAPELLA_FORK_VERSION: 0x40000038
CAPELLA_FORK_EPOCH: 0
DENEB_FORK_VERSION: 0x50000038
DENEB_FORK_EPOCH: 1
ELECTRA_FORK_VERSION: 0x60000038
ELECTRA_FORK_EPOCH: 18446744073709551615
SECONDS_PER_SLOT: 6
BLOB_SCHEDULE:
  - EPOCH: 0
    MAX_BLOBS_PER_BLOCK: 6
`
const root: Hex = `0x${'d6'.repeat(32)}`

function read(text: string): JsonObject {
  const value = parseYamlTexts(text, 'config.yaml')
  if (isJsonObject(value)) return value
  throw new Error('no mapping')
}

function create(
  text: string,
  genesis: { genesisValidatorsRoot?: Hex; genesisTime?: number } = {
    genesisValidatorsRoot: root,
    genesisTime: 1_700_000_060,
  },
) {
  return createConsensus({ networks: [{ network: 'beacon:devnet', spec: read(text), ...genesis }] })
}

describe('a network from a file', () => {
  test('is served like a known one', () => {
    const chain = create(devnet)
    expect(chain.beacon).toMatchObject([
      {
        network: 'beacon:devnet',
        genesisValidatorsRoot: root,
        genesisTime: 1_700_000_060_000,
        slotDuration: 6_000,
        slotsPerEpoch: 8,
      },
    ])
    expect(chain.beacon?.[0]?.forks.map(({ name, epoch }) => [name, epoch])).toEqual([
      ['phase0', 0n],
      ['altair', 0n],
      ['bellatrix', 0n],
      ['capella', 0n],
      ['deneb', 1n],
      ['electra', 2n ** 64n - 1n],
    ])
    const fork = { previous_version: '0x50000038', current_version: '0x50000038', epoch: '1' }
    const exit: Body = {
      type: 'VOLUNTARY_EXIT',
      fork_info: { fork, genesis_validators_root: root },
      voluntary_exit: { epoch: '5', validator_index: '1' },
    }
    expect(parsed(exit, undefined, chain).summary).toMatchObject({ fork_version: '0x40000038' })
  })

  test('may say its genesis itself, and its slots in milliseconds', () => {
    const text = `${devnet.replace('SECONDS_PER_SLOT: 6', 'SLOT_DURATION_MS: 6000')}GENESIS_VALIDATORS_ROOT: ${root}\nGENESIS_TIME: 1700000099\n`
    expect(create(text, {}).beacon).toMatchObject([
      { genesisValidatorsRoot: root, genesisTime: 1_700_000_099_000, slotDuration: 6_000 },
    ])
  })

  /** 1.001 * 1000 is no whole number to a computer. */
  test.each([
    ['SECONDS_PER_SLOT: 0.5', 500],
    ['SECONDS_PER_SLOT: 1.5', 1_500],
    ['SECONDS_PER_SLOT: 1.001', 1_001],
    ['SECONDS_PER_SLOT: 12.0000', 12_000],
    ['SLOT_DURATION_MS: 1001', 1_001],
    ['SECONDS_PER_SLOT: 12\nSLOT_DURATION_MS: 12000', 12_000],
  ])('whose slots take %s has %s ms', (line, slotDuration) => {
    const [beacon] = create(devnet.replace('SECONDS_PER_SLOT: 6', line)).beacon ?? []
    if (beacon === undefined) throw new Error('there is no network')
    expect(beacon.slotDuration).toBe(slotDuration)
    const genesis = beacon.genesisTime
    const at = [genesis - 1, genesis, genesis + slotDuration - 1, genesis + 8 * slotDuration]
    expect(at.map((now) => slotAt(beacon, now))).toEqual([-1n, 0n, 0n, 8n])
    expect(at.map((now) => epochAt(beacon, now))).toEqual([-1n, 0n, 0n, 1n])
  })

  test.each([
    ['SECONDS_PER_SLOT: 12.0001', /SECONDS_PER_SLOT.*12\.0001.*whole milliseconds/],
    ['SECONDS_PER_SLOT: -1', /SECONDS_PER_SLOT/],
    ['SECONDS_PER_SLOT: 1e3', /SECONDS_PER_SLOT/],
    ['SECONDS_PER_SLOT: 0', /0 ms.*1 ms to/],
    ['SECONDS_PER_SLOT: 100000', /1 ms to/],
    ['SLOT_DURATION_MS: 0.5', /SLOT_DURATION_MS.*0\.5/],
    ['SECONDS_PER_SLOT: 12\nSLOT_DURATION_MS: 6000', /6000.*12000, as SECONDS_PER_SLOT says/],
  ])('whose slots take %s is refused', (line, wanted) => {
    expect(() => create(devnet.replace('SECONDS_PER_SLOT: 6', line))).toThrow(wanted)
  })

  test.each([
    ['without genesis validators root', devnet, { genesisTime: 1 }, /GENESIS_VALIDATORS_ROOT/],
    ['without genesis time', devnet, { genesisValidatorsRoot: root }, /GENESIS_TIME/],
    ['of a preset nobody knows', devnet.replace('minimal', 'huge'), undefined, /PRESET_BASE.*huge/],
    ['with a version that is none', devnet.replace('0x40000038', '0x4000'), undefined, /CAPELLA_FORK_VERSION.*0x4000/],
    [
      'with an epoch beyond 64 bits',
      devnet.replace('18446744073709551615', '18446744073709551616'),
      undefined,
      /ELECTRA_FORK_EPOCH/,
    ],
    ['without Capella', devnet.replace(/CAPELLA.*\n/g, ''), undefined, /CAPELLA_FORK_VERSION/],
    [
      'with forks out of their order',
      devnet.replace('DENEB_FORK_EPOCH: 1', 'DENEB_FORK_EPOCH: 9').replace('18446744073709551615', '8'),
      undefined,
      /ELECTRA_FORK_EPOCH.*order/,
    ],
    ['without a pace', devnet.replace('SECONDS_PER_SLOT: 6', ''), undefined, /SECONDS_PER_SLOT/],
  ] as const)('%s is refused', (_, text, genesis, wanted) => {
    expect(() => create(text, genesis)).toThrow(wanted)
  })
})

test.each([
  [[{ network: 'beacon:elsewhere' }], /not known here.*beacon:mainnet/],
  [[{ network: 'beacon:__proto__' }], /not known here/],
  [[{ network: 'beacon:mainnet', genesisTime: 5 }], /is known/],
  [[{ network: 'beacon:mainnet' }, { network: 'beacon:mainnet' }], /one genesis validators root/],
] as const)('%o is refused', (networks, wanted) => {
  expect(() => createConsensus({ networks })).toThrow(wanted)
})

test.each([300n, 412_500n, 500_000n])(
  'an exit of epoch %s, asked for today, is one the chain of today takes',
  (epoch) => {
    const exit = consensus.exitValue?.('beacon:mainnet', { epoch, validatorIndex: 5n, now: 412_500n })
    if (!isJsonObject(exit)) throw new Error('there is no exit')
    expect(parsed({ ...exit, type: 'VOLUNTARY_EXIT' }, undefined, consensus).summary).toMatchObject({
      epoch: String(epoch),
      fork_version: '0x03000000',
    })
  },
)

test('addresses have one text form', () => {
  const { parseAddress, address } = consensus
  expect(parseAddress('0x388C818CA8B9251b393131C08a736A67ccB19297', 'here')).toBe(
    '0x388c818ca8b9251b393131c08a736a67ccb19297',
  )
  expect(parseAddress(`0x${'AB'.repeat(48)}`, 'here')).toBe(`0x${'ab'.repeat(48)}`)
  expect(parseAddress(`0x${'01'.repeat(32)}`, 'here')).toBe(`0x${'01'.repeat(32)}`)
  expect(() => parseAddress('0x388c818CA8B9251b393131C08a736A67ccB19297', 'here')).toThrow(/canonical/)
  expect(() => parseAddress('0x1234', 'here')).toThrow(/execution address/)
  expect(() => address({ algorithm: 'ed25519', bytes: new Uint8Array(32) })).toThrow(/bls12-381/)
})
