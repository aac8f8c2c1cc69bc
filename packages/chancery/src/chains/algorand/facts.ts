/** What an intent does, in the terms that policy judges: only of what the key signs. */
import type { Transaction } from 'algosdk'
import type { Effect, Facts } from '../../core/facts.ts'
import type { AssetId, Network } from '../../core/names.ts'
import { Failed } from '../../core/errors.ts'
import { selectorOf } from './applications.ts'
import type { AlgorandIntent, PrefixedIntent } from './intent.ts'

/** Microalgos. https://github.com/satoshilabs/slips/blob/master/slip-0044.md */
export const nativeAsset = (network: Network): AssetId => `${network}/slip44:283`
/** Algorand Standard Assets, by number. */
const assetOf = (network: Network, id: bigint): AssetId => `${network}/asa:${id}`

/**
 * Nothing is claimed: the ledger takes a transaction once within its rounds, and a lease once for all that name it. What
 * spends twice here has two ids, and so two intents.
 */
export function facts(intent: AlgorandIntent): Facts {
  const { network } = intent
  if (intent.kind === 'prefixed') return { network, effects: [prefixedEffect(intent)], claims: [] }
  const signed = intent.transactions
    .filter(({ signing }) => signing !== undefined)
    .map(({ transaction }) => transaction)
  const max = signed.reduce((sum, { fee }) => sum + fee, 0n)
  return {
    network,
    effects: signed.flatMap((transaction) => effectsOf(transaction, network)),
    fee: { asset: nativeAsset(network), max },
    claims: [],
  }
}

/** Programs are allowed one by one, because what a program does with an account nobody here can read. */
function prefixedEffect({ operation, program }: PrefixedIntent): Effect {
  if (program === undefined) return { kind: 'message' }
  return { kind: 'call', contract: program.address, selector: operation.slice('sign:'.length) }
}

/** Never empty: a payment of nothing to oneself is a transfer too. */
function effectsOf(transaction: Transaction, network: Network): readonly Effect[] {
  const { rekeyTo } = transaction
  const rekey: readonly Effect[] = rekeyTo ? [{ kind: 'authority', what: 'rekey', to: rekeyTo.toString() }] : []
  return [...typeEffects(transaction, network), ...rekey]
}

function typeEffects(transaction: Transaction, network: Network): readonly Effect[] {
  const { payment, keyreg, assetConfig, assetTransfer, assetFreeze, applicationCall, heartbeat } = transaction
  if (payment) return paymentEffects(payment, network)
  if (assetTransfer) return transferEffects(assetTransfer, transaction.sender.toString(), network)
  if (assetConfig) return configEffects(assetConfig)
  if (assetFreeze) return [freezeEffect(assetFreeze)]
  if (applicationCall) return applicationEffects(applicationCall)
  if (keyreg) return [{ kind: 'authority', what: registration(keyreg) }]
  if (heartbeat) return [{ kind: 'authority', what: 'heartbeat', to: heartbeat.address.toString() }]
  throw new Failed('internal', `A transaction of type ${transaction.type} was read and has no effects`)
}

type Part<K extends keyof Transaction> = NonNullable<Transaction[K]>

function paymentEffects({ receiver, amount, closeRemainderTo }: Part<'payment'>, network: Network): readonly Effect[] {
  const paid: Effect = { kind: 'transfer', asset: nativeAsset(network), amount, to: receiver.toString() }
  return closeRemainderTo ? [paid, { kind: 'authority', what: 'close', to: closeRemainderTo.toString() }] : [paid]
}

function transferEffects(part: Part<'assetTransfer'>, sender: string, network: Network): readonly Effect[] {
  const { assetIndex, amount, receiver, assetSender, closeRemainderTo } = part
  const contract = String(assetIndex)
  const to = receiver.toString()
  if (amount === 0n && to === sender && !assetSender && !closeRemainderTo) {
    return [{ kind: 'authority', what: 'asset-opt-in', contract }]
  }
  const from = assetSender && { from: assetSender.toString() }
  return [
    { kind: 'transfer', asset: assetOf(network, assetIndex), amount, to, ...from },
    ...(assetSender ? [{ kind: 'authority', what: 'clawback', contract } as const] : []),
    ...(closeRemainderTo
      ? [{ kind: 'authority', what: 'asset-close', to: closeRemainderTo.toString(), contract } as const]
      : []),
  ]
}

/** Going offline can be taken back, nonparticipation cannot. */
function registration({ voteKey, nonParticipation }: Part<'keyreg'>): string {
  if (nonParticipation) return 'key-registration-nonparticipating'
  return voteKey ? 'key-registration' : 'key-registration-offline'
}

/** What is done to the asset, and again for each account that is given power over it. */
function configEffects(config: Part<'assetConfig'>): readonly Effect[] {
  const { assetIndex, manager, reserve, freeze, clawback } = config
  const given = [manager, reserve, freeze, clawback].flatMap((address) => (address ? [address.toString()] : []))
  const done: Effect = {
    kind: 'authority',
    what: configuration(config),
    ...(assetIndex > 0n && { contract: String(assetIndex) }),
  }
  return [done, ...[...new Set(given)].map((to) => ({ ...done, to }))]
}

/**
 * An asset of index 0 is made. One is destroyed only where all its parameters are empty; with any other of them the ledger
 * takes over the four addresses, and those that are empty can never be set again (go-algorand, ledger/apply/asset.go).
 */
function configuration({ assetIndex, ...parameters }: Part<'assetConfig'>): string {
  if (assetIndex === 0n) return 'asset-create'
  const empty = Object.values(parameters).every((value) => !value)
  return empty ? 'asset-destroy' : 'asset-configure'
}

function freezeEffect({ assetIndex, freezeAccount, frozen }: Part<'assetFreeze'>): Effect {
  const what = frozen ? 'asset-freeze' : 'asset-unfreeze'
  return { kind: 'authority', what, to: freezeAccount.toString(), contract: String(assetIndex) }
}

/** By OnCompletion: what a call does to the application or to the account's place in it, besides running it. */
const completions: readonly (string | undefined)[] = [
  undefined,
  'application-opt-in',
  'application-close-out',
  'application-clear-state',
  'application-update',
  'application-delete',
]

function applicationEffects(call: Part<'applicationCall'>): readonly Effect[] {
  const { appIndex, onComplete } = call
  const created = appIndex === 0n
  const contract = created ? '*' : String(appIndex)
  const run: Effect = { kind: 'call', contract, selector: created ? 'create' : selectorOf(call) }
  const what = completions[onComplete]
  return what === undefined ? [run] : [run, { kind: 'authority', what, contract }]
}
