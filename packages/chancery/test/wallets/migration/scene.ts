/** A wallet that an old signer pays from, and houses that are to take it over. */
import { startEmulator, type RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import type { Network } from '../../../src/core/names.ts'
import type { ImportedWallet, WalletView } from '../../../src/core/wallets.ts'
import { createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { createEvmNode } from '../../../src/nodes/evm/node.ts'
import type { Anvil } from '../../integration/anvil.ts'
import { network, type TestHouse, type TestParts } from '../../integration/house.ts'
import { oldKey, useCredentials } from '../../keys/aws/emulator.ts'

export const token = `${network}/erc20:0x5FbDB2315678afecb367f032d93F642f64180aa3` as const

export async function openEmulator(seed: string): Promise<RunningEmulator> {
  const emulator = await startEmulator({ seed })
  useCredentials(emulator.credentials)
  return emulator
}

/** A house with AWS KMS and a node of its own connection. */
export function partsFor({ region, url: endpoint }: RunningEmulator, node: URL): TestParts {
  const relayed = createEvmNode({ network, urls: [node], fees: 'auto', patience: 2_000 })
  return {
    chains: [createEvm({ networks: [{ network }], assets: [{ asset: token }] })],
    backends: async (installation) => [await createAwsKms({ region, endpoint, installation, clock: systemClock })],
    networks: new Map([[network as Network, { node: relayed, confirmations: 1n }]]),
    laneLease: 4_000,
  }
}

/** A key of the old service that the house may take over. @returns its ARN */
export const keyFor = (emulator: RunningEmulator, { state }: Pick<TestHouse, 'state'>): Promise<string> =>
  oldKey(emulator, state.current().installation.id)

export function recordOf(userId: string, address: string, kmsKeyId: string): ImportedWallet {
  return {
    userId,
    address,
    asset: 'ETH',
    network,
    kmsKeyId,
    providerId: `provider-of-${userId.replaceAll(' ', '-')}`,
    status: 'CREATED',
    createdAt: '2024-01-15T10:30:00.000Z',
  }
}

/** Anybody may be paid, up to an ether. */
export async function allowPayments(house: TestHouse): Promise<void> {
  const rule = {
    name: 'all',
    asset: `${network}/slip44:60` as const,
    recipients: '*',
    maximum: '1000000000000000000',
    maximumFee: '1000000000000000000',
    windows: [{ per: 'wallet', period: 'day', amount: '1000000000000000000' }],
  } as const
  await house.walletPolicy.put({ rules: [rule], treasury: {}, sweepFees: {} }, 0, house.operator())
}

/** Until nothing of it is under way here: then the old signer may pay again. */
export async function goneBack(house: TestHouse, { row }: WalletView, rounds = 200): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const { underWay } = await house.wallets.rollBack(row.id, house.operator())
    const [first] = underWay
    if (first === undefined) return
    await house.relay.paid(first.id, [first.state], house.operator().deadline)
  }
  throw new Error('payments stay under way')
}

export const balanceAt = async (anvil: Anvil, address: string): Promise<bigint> =>
  BigInt(String(await anvil.rpc('eth_getBalance', address, 'latest')))
