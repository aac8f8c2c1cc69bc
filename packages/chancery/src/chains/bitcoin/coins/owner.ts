/** Whose coins they are: scripts derived again from keys, and the coins that pay to them. Nothing is believed. */
import { equal, toHex } from '../../../base/bytes.ts'
import type { Coin, OutPoint, Spender } from '../../../core/coins.ts'
import { invalid } from '../../../core/refusals.ts'
import { parseAddress } from '../address.ts'
import type { BitcoinNetwork } from '../networks.ts'
import { type OwnScript, ownScripts } from '../own-scripts.ts'
import type { Candidate } from './bill.ts'
import { isCoinbase, pointName, readWhole, type WholeTransaction } from './whole.ts'
import { inputWeight } from './weight.ts'

export interface Owner {
  readonly network: BitcoinNetwork
  /** By their bytes in hex. */
  readonly scripts: ReadonlyMap<string, OwnScript>
  readonly change: OwnScript
}

export interface OwnCoin extends Candidate, OutPoint {
  readonly own: OwnScript
  readonly parent: WholeTransaction
}

/** To derive the scripts of a hundred addresses takes 40 ms, and each coin of the wallet is asked about in turn. */
const derived = new WeakMap<Spender, Owner>()

/** @throws Refused for a change address that is not one of the spender's own */
export function ownerOf(spender: Spender, network: BitcoinNetwork): Owner {
  const known = derived.get(spender)
  if (known?.network === network) return known
  const owner = derive(spender, network)
  derived.set(spender, owner)
  return owner
}

function derive({ publicKey, own, change }: Spender, network: BitcoinNetwork): Owner {
  const all = ownScripts(publicKey, own, network)
  const address = parseAddress(change, 'spender.change', network)
  const found = all.find((one) => one.address === address)
  if (found === undefined) throw invalid('spender.change', change, "an address of the wallet's own, derived again here")
  return { network, scripts: new Map(all.map((one) => [toHex(one.script), one])), change: found }
}

/**
 * What a node listed, each once, in an order that does not depend on the listing.
 * @throws Refused for a coin whose transaction is another one, or that is not the spender's
 */
export function coinsOf(coins: readonly Coin[], owner: Owner): readonly OwnCoin[] {
  const parents = new Map<string, WholeTransaction>()
  const named = new Map<string, OwnCoin>()
  for (const [i, coin] of coins.entries()) {
    const read = parents.get(coin.txid) ?? readParent(coin, `coins[${i}]`)
    parents.set(coin.txid, read)
    named.set(pointName(coin), ownCoin(coin, read, owner, `coins[${i}]`))
  }
  return inOrderOfPoints([...named.values()])
}

/** By id, then index (BIP-69). */
export function inOrderOfPoints<C extends OutPoint>(coins: readonly C[]): readonly C[] {
  return coins.toSorted((a, b) => a.txid.localeCompare(b.txid, 'en') || a.index - b.index)
}

function readParent({ txid, transaction }: Coin, where: string): WholeTransaction {
  const read = readWhole(transaction, `${where}.transaction`)
  if (read.txid === txid) return read
  throw invalid(`${where}.transaction`, read.txid, `the transaction ${txid}, which the coin is an output of`)
}

function ownCoin({ txid, index, confirmations }: Coin, parent: WholeTransaction, owner: Owner, where: string): OwnCoin {
  const output = parent.outputs[index]
  if (output === undefined) throw invalid(`${where}.index`, index, `one of ${parent.outputs.length} outputs`)
  const own = owner.scripts.get(toHex(output.script))
  if (own === undefined) throw invalid(where, `${txid}:${index}`, "a coin of the wallet's own scripts")
  const proof = parent.stripped.length
  return { txid, index, confirmations, value: output.amount, input: inputWeight(own), proof, own, parent }
}

/** Outputs that pay to the spender itself. */
export function ownOutputsOf({ txid, outputs }: WholeTransaction, { scripts }: Owner): readonly OutPoint[] {
  return outputs.flatMap(({ script }, index) => (scripts.has(toHex(script)) ? [{ txid, index }] : []))
}

export function paysTo({ outputs }: WholeTransaction, script: Uint8Array): boolean {
  return outputs.some((output) => equal(output.script, script))
}

/**
 * Those coins that must be spent, and the others that may be: new coins of miners only when they may be moved.
 * @throws Refused for one that must be spent and is not among them
 */
export function parted(
  coins: readonly OwnCoin[],
  must: readonly OutPoint[],
  network: BitcoinNetwork,
): readonly [readonly OwnCoin[], readonly OwnCoin[]] {
  const names = new Set(must.map(pointName))
  const there = new Set(coins.map(pointName))
  const missing = [...names].find((name) => !there.has(name))
  if (missing !== undefined) throw invalid('coins', missing, 'a list with all coins that must be spent')
  const others = coins.filter((coin) => !names.has(pointName(coin)))
  return [coins.filter((coin) => names.has(pointName(coin))), others.filter((coin) => isMature(coin, network))]
}

function isMature({ confirmations, parent }: OwnCoin, { maturity }: BitcoinNetwork): boolean {
  return confirmations >= maturity || !isCoinbase(parent)
}
