/**
 * A chain of coins in memory with real transactions: blocks, and a pool that refuses what is spent already unless it pays
 * more (BIP-125). Signatures are not looked at: the service verified them.
 */
import { randomBytes } from 'node:crypto'
import { within, type Deadline } from '../../src/base/deadline.ts'
import { toHex } from '../../src/base/bytes.ts'
import { scriptOfAddress } from '../../src/chains/bitcoin/address.ts'
import { networkOf } from '../../src/chains/bitcoin/networks.ts'
import {
  encodeUnsigned,
  readTransaction,
  txidText,
  type UnsignedTransaction,
} from '../../src/chains/bitcoin/transaction.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Network } from '../../src/core/names.ts'
import type { CoinNode, FoundCoin, FoundPayment, Sent, Sighting } from '../../src/core/node.ts'

interface Known extends UnsignedTransaction {
  readonly txid: string
  readonly raw: Uint8Array
}

/** How a node behaves; an honest one where nothing is changed. */
export interface Treatment {
  coins?: (honest: readonly FoundCoin[]) => readonly FoundCoin[]
  /** An honest one remembers what was spent since. */
  received?: (honest: readonly FoundPayment[]) => readonly FoundPayment[]
  /** `drop`: taken by nobody, and no answer. `silent`: taken, and no answer. `refuse`: an answer that says no. */
  send?: (txid: string) => 'drop' | 'silent' | 'refuse' | undefined
  /** May throw what a node's room does. */
  sighting?: (txid: string, honest: Sighting) => Sighting
  feeRate?: () => bigint | undefined
  down?: () => boolean
  /** Answers come when this does, or never: then the caller's deadline ends the wait. */
  slow?: (question: keyof CoinNode) => Promise<void>
}

export interface CoinLedger {
  readonly node: CoinNode
  readonly treat: Treatment
  /** Everything that was ever sent, by txid. */
  readonly sent: ReadonlyMap<string, Uint8Array>
  /** Txids of the sightings that were asked for, in order. */
  readonly looks: string[]
  /** A deposit, in the pool. @returns its txid */
  deposit(address: string, ...amounts: readonly bigint[]): string
  mine(count?: number): void
  /** The last blocks go; what they held is in the pool again. */
  reorganise(depth: number): void
  /** Nodes forget what waits. */
  forget(): void
  pool(): readonly string[]
  mined(): readonly string[]
  /** What an address holds in blocks. */
  held(address: string): bigint
  /** Whether any coin is spent twice in blocks. */
  doubleSpent(): boolean
}

const pointOf = (txid: string, index: number) => `${txid}:${index}`

export function createCoinLedger(network: Network): CoinLedger {
  const chain = new MemoryChain(network)
  const treat: Treatment = {}
  const sent = new Map<string, Uint8Array>()
  const looks: string[] = []
  return {
    node: nodeOf(chain, treat, sent, looks),
    treat,
    sent,
    looks,
    deposit: (address, ...amounts) => chain.deposit(address, amounts),
    mine: (count) => chain.mine(count),
    reorganise: (depth) => chain.reorganise(depth),
    forget: () => chain.forget((txid) => sent.has(txid)),
    pool: () => chain.pool,
    mined: () => chain.blocks.flat(),
    held: (address) => chain.held(address),
    doubleSpent: () => chain.doubleSpent(),
  }
}

function nodeOf(chain: MemoryChain, treat: Treatment, sent: Map<string, Uint8Array>, looks: string[]): CoinNode {
  const asked = async <T>(question: keyof CoinNode, answer: () => T, deadline: Deadline): Promise<T> => {
    await Promise.resolve()
    if (treat.slow !== undefined) await within(deadline, 'the node', treat.slow(question)).catch(late)
    if (treat.down?.()) throw new Failed('node-unavailable', 'The node is down')
    return answer()
  }
  const send = (raw: Uint8Array): Sent => {
    const { txid } = chain.learn(raw)
    sent.set(txid, raw)
    const how = treat.send?.(txid)
    if (how === 'drop') throw new Failed('node-unavailable', 'No answer')
    if (how === 'refuse') return { accepted: false, words: 'not today' }
    const words = chain.accept(raw)
    if (how === 'silent') throw new Failed('node-unavailable', 'No answer')
    return words === undefined ? { accepted: true } : { accepted: false, words }
  }
  const sighting = (txid: string): Sighting => {
    const honest = chain.sighting(txid)
    return treat.sighting?.(txid, honest) ?? honest
  }
  return {
    network: chain.network,
    check: (deadline) => asked('check', () => {}, deadline),
    coins: (addresses, deadline) =>
      asked('coins', () => treat.coins?.(chain.coins(addresses)) ?? chain.coins(addresses), deadline),
    received: (addresses, deadline) =>
      asked('received', () => treat.received?.(chain.received(addresses)) ?? chain.received(addresses), deadline),
    transaction: (txid, deadline) =>
      asked('transaction', () => (chain.knows(txid) ? chain.get(txid).raw : undefined), deadline),
    feeRate: (_, deadline) =>
      asked('feeRate', () => (treat.feeRate === undefined ? 2_000n : treat.feeRate()), deadline),
    send: (raw, deadline) => asked('send', () => send(raw), deadline),
    sighting: (txid, deadline) => {
      looks.push(txid)
      return asked('sighting', () => sighting(txid), deadline)
    },
    close: () => {},
  }
}

class MemoryChain {
  readonly network: Network
  readonly blocks: string[][] = [[]]
  pool: string[] = []
  readonly #known = new Map<string, Known>()

  constructor(network: Network) {
    this.network = network
  }

  get(txid: string): Known {
    return this.#known.get(txid) ?? fail(`no ${txid}`)
  }

  knows(txid: string): boolean {
    return this.pool.includes(txid) || this.#heightOf(txid) >= 0
  }

  learn(raw: Uint8Array): Known {
    const transaction = readTransaction(raw, 'raw')
    const txid = txidText(transaction.txid)
    const read = { ...transaction, txid, raw }
    this.#known.set(txid, this.#known.get(txid) ?? read)
    return read
  }

  /** The node's words when it does not take it. */
  accept(raw: Uint8Array): string | undefined {
    const one = this.learn(raw)
    if (this.pool.includes(one.txid)) return undefined
    if (this.#heightOf(one.txid) >= 0) return 'Transaction already in block chain'
    const points = pointsOf(one)
    const rivals = this.pool.filter((txid) => pointsOf(this.get(txid)).some((point) => points.includes(point)))
    const kept = this.pool.filter((txid) => !rivals.includes(txid))
    const there = new Set(this.#unspent([...this.blocks.flat(), ...kept]).map(({ point }) => point))
    if (!points.every((point) => there.has(point))) return 'bad-txns-inputs-missingorspent'
    if (rivals.some((txid) => this.#feeOf(this.get(txid)) >= this.#feeOf(one))) {
      return 'insufficient fee, rejecting replacement'
    }
    for (const rival of rivals) this.#drop(rival)
    this.pool.push(one.txid)
    return undefined
  }

  sighting(txid: string): Sighting {
    const height = this.#heightOf(txid)
    if (height < 0) return { seen: this.pool.includes(txid) ? 'pool' : 'nowhere' }
    const depth = BigInt(this.blocks.length - height)
    const block = toHex(new Uint8Array(32).fill(height))
    return { seen: 'block', block, number: BigInt(height), depth, success: true, receipt: {} }
  }

  coins(addresses: readonly string[]): readonly FoundCoin[] {
    const scripts = new Map(addresses.map((one) => [toHex(this.#scriptOf(one)), one]))
    return this.#unspent([...this.blocks.flat(), ...this.pool]).flatMap(({ txid, index, script }) => {
      const address = scripts.get(toHex(script))
      const height = this.#heightOf(txid)
      const confirmations = height < 0 ? 0 : this.blocks.length - height
      return address === undefined ? [] : [{ txid, index, address, confirmations }]
    })
  }

  received(addresses: readonly string[]): readonly FoundPayment[] {
    const scripts = new Map(addresses.map((one) => [toHex(this.#scriptOf(one)), one]))
    return [...this.blocks.flat(), ...this.pool].flatMap((txid) =>
      this.get(txid).outputs.flatMap(({ script }) => {
        const address = scripts.get(toHex(script))
        return address === undefined ? [] : [{ txid, address, inBlock: this.#heightOf(txid) >= 0 }]
      }),
    )
  }

  deposit(address: string, amounts: readonly bigint[]): string {
    const script = this.#scriptOf(address)
    const from = { txid: new Uint8Array(randomBytes(32)), index: 0, sequence: 0xffff_ffff }
    const outputs = amounts.map((amount) => ({ amount, script }))
    const { txid } = this.learn(encodeUnsigned({ version: 2, lockTime: 0, inputs: [from], outputs }))
    this.pool.push(txid)
    return txid
  }

  mine(count = 1): void {
    for (let i = 0; i < count; i++) this.blocks.push(i === 0 ? this.pool.splice(0) : [])
  }

  reorganise(depth: number): void {
    const gone = this.blocks.splice(Math.max(1, this.blocks.length - depth))
    this.pool = [...gone.flat(), ...this.pool]
  }

  forget(which: (txid: string) => boolean): void {
    this.pool = this.pool.filter((txid) => !which(txid))
  }

  held(address: string): bigint {
    const inBlocks = this.coins([address]).filter(({ confirmations }) => confirmations > 0)
    return inBlocks.reduce((sum, { txid, index }) => sum + (this.#outputAt(pointOf(txid, index))?.amount ?? 0n), 0n)
  }

  doubleSpent(): boolean {
    const all = this.blocks.flat().flatMap((txid) => pointsOf(this.get(txid)))
    return new Set(all).size !== all.length
  }

  #heightOf(txid: string): number {
    return this.blocks.findIndex((txids) => txids.includes(txid))
  }

  #scriptOf(address: string): Uint8Array {
    return scriptOfAddress(address, 'address', networkOf(this.network))
  }

  #unspent(ids: readonly string[]) {
    const spent = new Set(ids.flatMap((txid) => pointsOf(this.get(txid))))
    const made = ids.flatMap((txid) =>
      this.get(txid).outputs.map((output, index) => ({ ...output, txid, index, point: pointOf(txid, index) })),
    )
    return made.filter(({ point }) => !spent.has(point))
  }

  #outputAt(point: string) {
    const [txid = '', index] = point.split(':')
    return this.#known.get(txid)?.outputs[Number(index)]
  }

  #feeOf(one: Known): bigint {
    const spent = pointsOf(one).reduce((sum, point) => sum + (this.#outputAt(point)?.amount ?? 0n), 0n)
    return spent - one.outputs.reduce((sum, { amount }) => sum + amount, 0n)
  }

  /** With all that spends it. */
  #drop(txid: string): void {
    this.pool = this.pool.filter((one) => one !== txid)
    const children = this.pool.filter((one) => this.get(one).inputs.some((input) => txidText(input.txid) === txid))
    for (const child of children) this.#drop(child)
  }
}

function pointsOf({ inputs }: Known): readonly string[] {
  return inputs.map(({ txid, index }) => pointOf(txidText(txid), index))
}

function fail(why: string): never {
  throw new Error(why)
}

function late(): never {
  throw new Failed('node-unavailable', 'The node did not answer in time')
}
