/** Wallets that answer what the examples say. */
import { fromHex } from '../../src/base/bytes.ts'
import type { Services } from '../../src/core/services.ts'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import type { WalletMigration, WalletView, Withdrawal } from '../../src/core/wallets.ts'
import {
  attemptExample,
  clientExample,
  keyExample,
  transactionIdExample,
  walletExample,
} from '../../src/http/routes/examples.ts'

const createdAt = Date.parse(walletExample.createdAt)

const row: WalletRow = {
  id: walletExample.id,
  version: 2,
  user: walletExample.userId,
  asset: walletExample.asset,
  network: walletExample.chain,
  tier: walletExample.tier,
  state: 'CREATED',
  address: walletExample.address,
  key: keyExample.id,
  body: { canary: 'canary-wallet-body' },
  createdAt,
  updatedAt: createdAt,
}

const assetId = `${walletExample.chain}/slip44:1` as const

const view: WalletView = {
  row,
  status: 'CREATED',
  paysFrom: 'here',
  providerId: walletExample.providerId,
  form: walletExample.addressType,
  assetId,
  networkName: walletExample.network,
  publicKey: walletExample.publicKey,
}

const deletionDate = '2026-11-27T09:00:00.000Z'
const pending: WalletView = { ...view, status: 'PENDING_DELETION', deletionDate }

const withdrawal: Withdrawal = {
  id: transactionIdExample,
  wallet: walletExample.id,
  purpose: 'withdrawal',
  asset: assetId,
  to: 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  amount: 150_000n,
  maxFee: 20_000n,
  txids: [],
  state: 'accepted',
  view: {
    row: {
      id: transactionIdExample,
      version: 1,
      client: clientExample.id,
      key: keyExample.id,
      network: walletExample.chain,
      sender: walletExample.address,
      wallet: walletExample.id,
      state: 'accepted',
      body: {
        payment: { canary: 'canary-payment' },
        terms: { canary: 'canary-terms' },
        value: { canary: 'canary-value' },
        prepared: { canary: 'canary-prepared' },
        spends: ['canary-spends'],
        from: ['canary-from'],
        tries: 1,
        since: 1,
        unsigned: true,
      },
      createdAt,
      updatedAt: createdAt,
    },
    signed: [],
  },
}

const migration: WalletMigration = {
  view,
  compared: true,
  underWay: [{ id: transactionIdExample, state: 'broadcast' }],
}

const deposit = {
  network: walletExample.chain,
  address: 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  wallet: walletExample.id,
  branch: 0,
  index: 1,
  createdAt,
  mac: '0xca4a12',
  path: "m/84'/1'/0'/0/1",
} as const

const halves = [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`] as const

export function wallets(reach: <T>(name: string, value: T) => Promise<T>): Services['wallets'] {
  const [r, s] = halves
  return {
    create: () => reach('createWallet', view),
    createMany: () => reach('createWallets', [view]),
    get: () => reach('getWallet', view),
    list: () => reach('listWallets', { wallets: [view] }),
    newAddress: () => reach('newAddress', deposit),
    addresses: () => reach('addresses', { addresses: [deposit] }),
    verify: () => reach('verifyWallet', view),
    scheduleDeletion: () => reach('deleteWallet', pending),
    cancelDeletion: () => reach('cancelWalletDeletion', view),
    purge: () => reach('purgeWallet', { ...pending, status: 'DELETED' } as const),
    import: () => reach('importWallet', { ...view, row: { ...row, tier: 'native' } } as const),
    planImport: () => reach('planWalletImport', { step: 'import', form: walletExample.addressType } as const),
    shadow: () =>
      reach('shadowWallet', {
        wallet: walletExample.id,
        agrees: true,
        summary: { nonce: '7' },
        decision: { verdict: 'allow', checks: [] },
        attempt: attemptExample,
      } as const),
    cutOver: () => reach('cutOverWallet', migration),
    rollBack: () => reach('rollBackWallet', { ...migration, view: { ...view, paysFrom: 'elsewhere' } } as const),
    migration: () => reach('getWalletMigration', migration),
    checkAddress: () => ({ valid: true, form: walletExample.addressType, network: walletExample.chain }),
    createKmsKey: () => reach('createKmsKey', { ...view, row: { ...row, tier: 'native' } } as const),
    getPublicKey: () =>
      reach('getPublicKey', { algorithm: 'secp256k1-ecdsa', bytes: fromHex(walletExample.publicKey) } as const),
    signTransactionHash: () =>
      reach('signTransactionHash', {
        attempt: attemptExample,
        key: keyExample.id,
        r,
        s,
        yParity: 0,
        compact: `${r}${'22'.repeat(32)}`,
        der: `0x30440220${'11'.repeat(32)}0220${'22'.repeat(32)}`,
      } as const),
    deleteKmsKey: () => reach('deleteKmsKey', { key: keyExample.id, deletionDate }),
    getKeySpecForChain: () => ({
      family: 'bitcoin',
      tier: 'native',
      backend: 'aws-kms',
      algorithm: 'secp256k1-ecdsa',
      keySpec: 'ECC_SECG_P256K1',
    }),
    withdraw: () => reach('withdraw', withdrawal),
    sweep: () => reach('sweep', withdrawal),
    raiseFee: () => reach('raiseFee', withdrawal),
    payForParent: () => reach('payForParent', withdrawal),
    consolidate: () => reach('consolidate', withdrawal),
    withdrawal: () => reach('getWithdrawal', withdrawal),
    awaited: () => reach('awaited', withdrawal),
    withdrawals: () => reach('listWithdrawals', [withdrawal]),
  }
}
