/** What a transaction does, in the terms that policy judges, and what it uses up. */
import type { Claim } from '../../core/claim.ts'
import type { Effect, Facts } from '../../core/facts.ts'
import type { BitcoinIntent } from './intent.ts'
import { nativeAsset } from './networks.ts'
import { sighash, sighashName } from './sighash.ts'
import { outpointHex } from './transaction.ts'

export function facts(intent: BitcoinIntent): Facts {
  const { network, on, fee } = intent
  return {
    network,
    effects: [...paid(intent), ...freed(intent)],
    fee: { asset: nativeAsset(on), max: fee },
    claims: claims(intent),
  }
}

/**
 * What leaves the wallet: change is none of it. Where nothing leaves (a consolidation), what comes back is what is judged,
 * so that "every, and at least one" has one to judge. An OP_RETURN says something for ever in the wallet's name.
 */
function paid({ on, outputs }: BitcoinIntent): readonly Effect[] {
  const asset = nativeAsset(on)
  const leaving = outputs.filter(({ own }) => !own)
  const judged = leaving.some(({ address }) => address !== undefined) ? leaving : outputs
  return judged.map(({ address, amount }) =>
    address === undefined ? { kind: 'authority', what: 'op_return' } : { kind: 'transfer', asset, amount, to: address },
  )
}

/** Whoever gets a signature of another type than of everything can change what it does not cover. */
function freed({ inputs }: BitcoinIntent): readonly Effect[] {
  const types = new Set(inputs.map(({ sighashType }) => sighashType))
  const partial = [...types].filter((type) => type !== sighash.all && type !== sighash.default)
  return partial.map((type) => ({ kind: 'authority', what: `sighash ${sighashName(type)}` }))
}

/** Every coin, so that each is spent by one transaction, whichever of several keys signs it. */
function claims({ inputs, network, root, replaced }: BitcoinIntent): readonly Claim[] {
  const before = new Set(replaced?.transaction.inputs.map(outpointHex))
  return inputs.map(({ own: { address }, outpoint }) => {
    const replaces = replaced && before.has(outpoint) && { replaces: replaced.root }
    return { kind: 'outpoint', scope: `${address}@${network}`, outpoint, root, ...replaces }
  })
}
