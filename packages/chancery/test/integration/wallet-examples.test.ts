/** The documented examples of wallets against the service as it is composed, told as one story. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { keyExample, transactionIdExample, walletExample } from '../../src/http/routes/examples.ts'
import { oldKey, useCredentials, variablesOf } from '../keys/aws/emulator.ts'
import { createCoinLedger } from '../relay/coin-ledger.ts'
import { startCoinServer, type CoinServer } from '../relay/coin-server.ts'
import { openKmsSigner } from '../wallets/migration/kms-signer.ts'
import { installationOf, openService, type TestService } from './service.ts'
import { documented, tell, type Body, type Chapter } from './story.ts'

const network = walletExample.chain
const asset = `${network}/slip44:1`
const ledger = createCoinLedger(network)
const bitcoin = createBitcoin({ networks: [{ network }] })
const treasury = 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7'

let server: CoinServer
let emulator: RunningEmulator
let service: TestService
let keys: { exchange: string; admin: string }

beforeAll(async () => {
  server = await startCoinServer(ledger.node, network.slice('bip122:'.length).padEnd(64, '0'))
  emulator = await startEmulator({ seed: 'wallet-examples' })
  useCredentials(emulator.credentials)
  service = await openService({
    configuration: {
      networks: [
        { id: network, esplora: [server.url.href], confirmations: 1 },
        { id: 'eip155:1', main: false },
      ],
      backends: ['sealed', 'aws-kms'],
      aws: { endpoint: emulator.url },
    },
    env: variablesOf(emulator),
  })
  const all = { keys: '*', networks: '*' } as const
  const client = async (name: string, operations: readonly string[]) =>
    (await service.operator.clients.create({ name, grants: [{ ...all, operations: [...operations] as never }] })).secret
  keys = {
    exchange: await client('exchange', [
      'wallets:read',
      'wallets:create',
      'wallets:delete',
      'withdraw',
      'sweep',
      'keys:create',
      'keys:read',
      'keys:delete',
      'sign:digest',
    ]),
    admin: await client('admin', ['admin']),
  }
}, 60_000)

afterAll(async () => {
  await service.end()
  await emulator.close()
  await server.close()
})

/** What the document calls things, and what they are called here. */
const names = new Map<string, string>()

const chapters: readonly Chapter<keyof typeof keys>[] = [
  {
    id: 'createWallet',
    by: 'exchange',
    body: () => ({ tier: 'hd' }),
    learn: ({ id, address }) => {
      names.set(walletExample.id, String(id)).set(walletExample.address, String(address))
      ledger.deposit(String(address), 500_000n, 400_000n)
      ledger.mine(3)
    },
  },
  { id: 'createWallets', by: 'exchange', body: () => ({ wallets: [{ userId: '124', asset: 'BTC', tier: 'sealed' }] }) },
  { id: 'listWallets', by: 'exchange' },
  { id: 'getWallet', by: 'exchange' },
  { id: 'newDepositAddress', by: 'exchange' },
  { id: 'listDepositAddresses', by: 'exchange' },
  { id: 'verifyWallet', by: 'exchange' },
  { id: 'checkAddress', by: 'exchange' },
  { id: 'getKeySpecForChain', by: 'exchange' },
  { id: 'getPublicKey', by: 'exchange' },
  { id: 'getWalletPolicy', by: 'admin' },
  { id: 'putWalletPolicy', by: 'admin', headers: { 'if-match': '"0"' }, body: () => policy },
  { id: 'checkWalletPolicy', by: 'admin', body: () => ({ asset, network, to: treasury }) },
  {
    id: 'withdraw',
    by: 'exchange',
    learn: ({ id }) => void names.set(transactionIdExample, String(id)),
  },
  { id: 'getWithdrawal', by: 'exchange' },
  { id: 'listWithdrawals', by: 'exchange' },
  { id: 'raiseFee', by: 'exchange', first: () => broadcast() },
  { id: 'payForParent', by: 'exchange', first: () => broadcast() },
  {
    id: 'consolidate',
    by: 'exchange',
    first: async () => {
      await broadcast()
      const { address } = await service.client(keys.exchange).wallets.get(names.get(walletExample.id) ?? '')
      ledger.deposit(address ?? '', 60_000n, 50_000n)
      ledger.mine(2)
    },
  },
  { id: 'sweep', by: 'exchange' },
  { id: 'createKmsKey', by: 'exchange', body: () => ({ userId: 'kms' }) },
  { id: 'planWalletImport', by: 'admin', body: () => imported, first: () => kmsWallet() },
  {
    id: 'importWallet',
    by: 'admin',
    body: () => imported,
    learn: ({ id }) => void names.set(walletExample.id, String(id)),
  },
  { id: 'rollBackWallet', by: 'admin' },
  {
    id: 'cutOverWallet',
    by: 'admin',
    first: () => service.client(keys.exchange).wallets.verify(names.get(walletExample.id) ?? ''),
  },
  { id: 'getWalletMigration', by: 'exchange' },
  {
    id: 'shadowWallet',
    by: 'admin',
    first: async () => {
      const request = { userId: 'shadowed', asset: 'ETH', network: 'mainnet', tier: 'sealed' } as const
      names.set(walletExample.id, (await service.client(keys.exchange).wallets.create(request)).id)
    },
  },
  {
    id: 'signTransactionHash',
    by: 'exchange',
    first: async () => {
      const { id } = await service.operator.keys.create({ backend: 'sealed', family: 'evm', kind: 'opaque' })
      const rules = await service.operator.rules.get(id)
      await service.operator.rules.put(id, { ...rules.value, operations: ['sign:digest'] }, rules.version)
      names.set(keyExample.alias, id).set(keyExample.id, id)
    },
  },
  { id: 'deleteKmsKey', by: 'exchange' },
  {
    id: 'deleteWallet',
    by: 'exchange',
    first: async () => {
      const request = { userId: 'ending', asset: 'BTC', network, tier: 'sealed' } as const
      names.set(walletExample.id, (await service.client(keys.exchange).wallets.create(request)).id)
    },
  },
  // Its window has not passed.
  { id: 'purgeWallet', by: 'exchange', status: 409 },
  { id: 'cancelWalletDeletion', by: 'exchange' },
]

/** All that the wallet has sent so far, with no higher fee under way: a parent in a block has nothing to be paid for. */
async function broadcast(): Promise<void> {
  const wallet = names.get(walletExample.id) ?? ''
  const standing = async () => {
    const { withdrawals } = await service.client(keys.exchange).withdrawals.list({ wallet })
    return withdrawals.map(({ state, transaction }) => transaction.details.replacement ?? state)
  }
  await expect.poll(standing, { timeout: 10_000 }).toSatisfy(allBroadcast)
}

const allBroadcast = (standing: readonly unknown[]) => standing.every((one) => one === 'broadcast')

const policy = {
  rules: [
    {
      name: 'small',
      asset,
      recipients: '*',
      maximum: '200000',
      maximumFee: '20000',
      windows: [{ per: 'user', period: 'day', amount: '1000000' }],
    },
  ],
  treasury: { [network]: [treasury] },
  sweepFees: { [network]: '20000' },
}

let imported: Body = {}

/** A key of the account as another service left it, tagged for this installation. */
async function kmsWallet(): Promise<void> {
  const arn = await oldKey(emulator, await installationOf(service))
  const { kms, publicKey } = await openKmsSigner(emulator, arn, bitcoin, network)
  kms.destroy()
  imported = { userId: 'of old', address: bitcoin.address(publicKey, network), kmsKeyId: arn }
}

tell({
  examples: documented('evm', schemas, ({ part }) => part === 'wallets'),
  chapters,
  names,
  door: (by) => ({ ask: service.ask, headers: { 'x-api-key': keys[by] } }),
  broken: () => service.broken,
})

test('the withdrawal is mined, and the sweep after it', async () => {
  const exchange = service.client(keys.exchange)
  const { wallets } = await exchange.wallets.list({ userId: '123' })
  const [wallet] = wallets
  const states = async () => {
    ledger.mine()
    const { withdrawals } = await exchange.withdrawals.list({ wallet: wallet?.id ?? '' })
    return withdrawals.map(({ state }) => state)
  }
  await expect.poll(states, { timeout: 20_000 }).toEqual(['final', 'final', 'final', 'final'])
  expect(ledger.held(wallet?.address ?? '')).toBe(0n)
  expect(ledger.doubleSpent()).toBe(false)
})
