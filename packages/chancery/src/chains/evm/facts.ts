/** What an intent does, in the terms that policy judges. */
import { toHex } from '../../base/bytes.ts'
import type { Effect, Facts } from '../../core/facts.ts'
import type { PublicKey } from '../../core/key.ts'
import type { Network } from '../../core/names.ts'
import { addressBytesOf, addressOf, checksummed, nonceScope } from './address.ts'
import { type Assets, nativeAsset } from './assets.ts'
import { readCall } from './calldata.ts'
import type { EvmIntent, TransactionIntent } from './intent.ts'
import { keccak256 } from './keccak.ts'
import { encodeInteger, encodeRlp } from './rlp.ts'
import { typedDataEffects } from './permits.ts'
import { priceCap, type Transaction } from './transaction.ts'

export function facts(intent: EvmIntent, publicKey: PublicKey, assets: Assets): Facts {
  switch (intent.kind) {
    case 'transaction':
      return transactionFacts(intent, publicKey, assets)
    case 'message': {
      const effect: Effect = { kind: intent.operation === 'sign:digest' ? 'opaque' : 'message' }
      return { network: intent.network, effects: [effect], claims: [] }
    }
    case 'typed-data':
      return {
        network: intent.network,
        effects: typedDataEffects(intent.typedData, intent.network, assets),
        claims: [],
      }
    case 'digest':
      return { effects: [{ kind: 'opaque' }], claims: [] }
  }
}

function transactionFacts(intent: TransactionIntent, publicKey: PublicKey, assets: Assets): Facts {
  const { network, transaction, digest } = intent
  const scope = nonceScope(network, addressOf(publicKey))
  return {
    network,
    effects: effectsOf(transaction, network, publicKey, assets),
    fee: { asset: nativeAsset(network), max: transaction.gas * priceCap(transaction) },
    claims: [{ kind: 'nonce', scope, nonce: transaction.nonce, root: toHex(digest) }],
  }
}

/** Never empty: without calldata even a value of 0 is a transfer, so that "every, and at least one" has one to judge. */
function effectsOf(transaction: Transaction, network: Network, key: PublicKey, assets: Assets): readonly Effect[] {
  const { to, value, data } = transaction
  const paid = (receiver: Uint8Array): Effect => {
    return { kind: 'transfer', asset: nativeAsset(network), amount: value, to: checksummed(receiver) }
  }
  if (to === undefined) {
    const creation: Effect = { kind: 'call', contract: '*', selector: 'create' }
    return value === 0n ? [creation] : [paid(createdAddress(key, transaction.nonce)), creation]
  }
  if (data.length === 0) return [paid(to)]
  const call = readCall(to, data, assets.token(network, to))
  return value === 0n ? [call] : [paid(to), call]
}

/** Where CREATE puts the contract, and so who gets the value: hash of (sender, nonce), Yellow Paper equation 88. */
function createdAddress(publicKey: PublicKey, nonce: bigint): Uint8Array {
  return keccak256(encodeRlp([addressBytesOf(publicKey), encodeInteger(nonce)])).subarray(12)
}
