/** What is shown of wallets, in the names of the original collection, and of what they pay. */
import { Type, type Static } from 'typebox'
import { isoTime } from '../base/clock.ts'
import { tiers, type DepositAddress, type WalletView, type Withdrawal } from '../core/wallets.ts'
import * as s from './schemas.ts'
import {
  transactionShape,
  transactionStates,
  transactionView,
  transactionViewShape,
  transactionWithBytes,
} from './transaction-views.ts'

export const tier = s.oneOf(tiers, {
  description:
    'where the key lives: native (a KMS key of its own), datakey (a data key pair under one KMS key), hd (a branch of a ' +
    'sealed seed), sealed (a sealed key of its own); left out: as configured',
})

export const walletStatus = s.oneOf(['CREATING', 'CREATED', 'FROZEN', 'PENDING_DELETION', 'DELETED'])

export const userId = Type.String({
  pattern: '^[^\\x00-\\x1f\\x7f]{1,256}$',
  description: "the caller's own name for the user: 1 to 256 characters, none of them a control character",
})
export const asset = Type.String({
  pattern: '^[A-Za-z0-9][-A-Za-z0-9_.:/%]{0,255}$',
  description: 'a symbol such as BTC, or a CAIP-19 id',
})
export const networkName = Type.String({
  pattern: '^[a-z0-9][-a-z0-9]{0,31}(?::[-_a-zA-Z0-9]{1,32})?$',
  description: 'mainnet, testnet, …, or a CAIP-2 id; left out: as configured',
})
export const form = Type.String({
  pattern: '^[a-z0-9-]{1,32}$',
  description: "the kind of address, such as p2wpkh; left out: the network's usual one",
})
export const amount = {
  ...s.decimal,
  description: 'a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH',
}
/** On chains of coins. */
export const feeRate = {
  ...s.decimal,
  description: 'a whole number of base units for 1,000 virtual bytes as a string: "5000" is 5 sat/vB',
}
export const address = Type.String({ minLength: 1, maxLength: 128 })

export const walletShape = s.named(
  'Wallet',
  Type.Object(
    {
      id: s.walletId,
      userId,
      asset: Type.String(),
      network: Type.String({ description: 'what people call the network' }),
      chain: s.network,
      tier,
      address: Type.Optional({ ...address, description: 'absent while it is being created' }),
      addressType: Type.String(),
      publicKey: Type.Optional(s.hex),
      derivationPath: Type.Optional(Type.String({ description: "of a branch of a seed, such as m/84'/0'/7'" })),
      keyId: Type.Optional({
        ...s.keyId,
        description: "for administrators: Chancery's own id for the key; of the tier hd, that of the seed",
      }),
      kmsKeyId: Type.Optional(Type.String({ description: "for administrators: the KMS's own name for the key" })),
      providerId: Type.String(),
      status: walletStatus,
      paysFrom: s.oneOf(['here', 'elsewhere'], {
        description: 'elsewhere: the signer it came from pays, and nothing here does',
      }),
      createdAt: s.time,
      updatedAt: s.time,
      deletionDate: Type.Optional(s.time),
    },
    s.closed,
  ),
)

export function walletView(view: WalletView): Static<typeof walletShape> {
  const { row, path, publicKey, keyId, kmsKeyId, deletionDate } = view
  return {
    id: row.id,
    userId: row.user,
    asset: row.asset,
    network: view.networkName,
    chain: row.network,
    tier: row.tier,
    ...(row.address === undefined ? {} : { address: row.address }),
    addressType: view.form,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(path === undefined ? {} : { derivationPath: path }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    providerId: view.providerId,
    status: view.status,
    paysFrom: view.paysFrom,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    ...(deletionDate === undefined ? {} : { deletionDate }),
  }
}

export const depositShape = s.named(
  'DepositAddress',
  Type.Object(
    {
      address,
      derivationPath: Type.String(),
      change: Type.Boolean({ description: 'where the rest of payments goes, not for deposits' }),
      createdAt: s.time,
    },
    s.closed,
  ),
)

export function depositView({ address: text, path, branch, createdAt }: DepositAddress): Static<typeof depositShape> {
  return { address: text, derivationPath: path, change: branch === 1, createdAt: isoTime(createdAt) }
}

const withdrawalMembers = {
  id: s.transactionId,
  wallet: s.walletId,
  purpose: s.oneOf(['withdrawal', 'sweep']),
  asset: Type.String({ description: 'a CAIP-19 id' }),
  to: address,
  amount: Type.Optional({ ...s.decimal, description: 'absent for a sweep of coins: all there are, less the fee' }),
  maxFee: { ...s.decimal, description: "the most the fee may come to, in base units of the network's coin" },
  fee: Type.Optional({
    ...s.decimal,
    description: 'what it pays: on chains of coins once it is signed, elsewhere once it is in a block',
  }),
  txids: Type.Array(Type.String(), {
    description:
      'as the chain writes them: the one in a block, or else the newest; then those that it took the place of',
  }),
  state: s.oneOf(transactionStates),
}

/** As in lists: its bytes, and what a node is asked for, are shown of one at a time. */
export const withdrawalSummaryShape = s.named(
  'WithdrawalSummary',
  Type.Object({ ...withdrawalMembers, transaction: transactionShape }, s.closed),
)

export const withdrawalShape = s.named(
  'Withdrawal',
  Type.Object(
    {
      ...withdrawalMembers,
      feeRate: Type.Optional({
        ...s.decimal,
        description: 'of its fee, on chains of coins: base units for 1,000 virtual bytes',
      }),
      confirmations: Type.Optional({
        ...s.decimal,
        description: 'blocks from its own on; absent where it is in none, or no node can tell now',
      }),
      transaction: transactionViewShape,
    },
    s.closed,
  ),
)

function membersOf({ id, wallet, purpose, asset: assetId, to, amount, maxFee, fee, txids, state }: Withdrawal) {
  return {
    id,
    wallet,
    purpose,
    asset: assetId,
    to,
    ...(amount === undefined ? {} : { amount: String(amount) }),
    maxFee: String(maxFee),
    ...(fee === undefined ? {} : { fee: String(fee) }),
    txids: [...txids],
    state,
  }
}

export function withdrawalSummary(withdrawal: Withdrawal): Static<typeof withdrawalSummaryShape> {
  return { ...membersOf(withdrawal), transaction: transactionView(withdrawal.view.row) }
}

export function withdrawalView(withdrawal: Withdrawal): Static<typeof withdrawalShape> {
  const { feeRate, confirmations, view } = withdrawal
  return {
    ...membersOf(withdrawal),
    ...(feeRate === undefined ? {} : { feeRate: String(feeRate) }),
    ...(confirmations === undefined ? {} : { confirmations: String(confirmations) }),
    transaction: transactionWithBytes(view),
  }
}
