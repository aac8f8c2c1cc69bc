/** A chain of coins in memory: blocks, a pool, and no signatures, which the nodes under test never look at. */
import { RawTx } from '@scure/btc-signer'
import { sha256, utf8 } from '../../../../src/base/bytes.ts'
import type { OutPoint } from '../../../../src/core/coins.ts'
import { txidOf } from '../../../contract/coin-node.ts'

export interface Output {
  readonly txid: string
  readonly index: number
  readonly script: string
  readonly amount: bigint
  /** Absent while it is in no block. */
  readonly height?: number
}

export interface Block {
  readonly hash: string
  readonly txids: readonly string[]
}

/** A transaction that pays to a script or spends from it. */
export interface Touching {
  readonly txid: string
  /** All it spends, and whether that was paid to the script. */
  readonly inputs: readonly (OutPoint & { readonly own: boolean })[]
  /** That it pays to. */
  readonly scripts: readonly string[]
}

/** What a node says of a transaction it does not take. */
export class Rejected extends Error {
  override readonly name = 'Rejected'
}

export interface FakeChain {
  /** Of the best chain, the genesis block first. */
  readonly blocks: readonly Block[]
  readonly pool: readonly string[]
  raw(txid: string): Uint8Array | undefined
  /** The height of its block. */
  heightOf(txid: string): number | undefined
  /** Outputs that nothing in a block spends; with `pool`, nothing waiting either, and those of waiting ones as well. */
  unspent(pool: boolean): readonly Output[]
  /** Transactions that pay to a script or spend from it, newest first. */
  touching(script: string): readonly Touching[]
  /** @throws Rejected */
  accept(raw: Uint8Array): string
  /** Out of nothing. */
  pay(address: string, amount: bigint): string
  mine(count: number): void
  undo(): void
}

/** As hex. */
export function scriptOf(address: string): string {
  return `0014${Buffer.from(sha256(utf8(address)).subarray(0, 20)).toString('hex')}`
}

export function createChain(name = 'a fake chain'): FakeChain {
  const blocks: Block[] = [{ hash: hashOf(name), txids: [] }]
  const known = new Map<string, Uint8Array>()
  const pool: string[] = []
  let made = 0
  const heights = () => new Map(blocks.flatMap(({ txids }, height) => txids.map((txid) => [txid, height] as const)))
  const unspent = (withPool: boolean) => {
    const ids = [...blocks.flatMap(({ txids }) => txids), ...(withPool ? pool : [])]
    const spent = new Set(ids.flatMap((txid) => inputsOf(known.get(txid)).map(nameOf)))
    const at = heights()
    return ids
      .flatMap((txid) => outputsOf(txid, known.get(txid), at.get(txid)))
      .filter((one) => !spent.has(nameOf(one)))
  }
  const add = (raw: Uint8Array) => {
    const txid = txidOf(raw)
    known.set(txid, raw)
    pool.push(txid)
    return txid
  }
  return {
    blocks,
    pool,
    raw: (txid) => (pool.includes(txid) || heights().has(txid) ? known.get(txid) : undefined),
    heightOf: (txid) => heights().get(txid),
    unspent,
    touching(script) {
      const ids = [...blocks.flatMap(({ txids }) => txids), ...pool]
      const made = new Map(ids.map((txid) => [txid, outputsOf(txid, known.get(txid), undefined)]))
      const isOwn = ({ txid, index }: OutPoint) => made.get(txid)?.[index]?.script === script
      const all = ids.map((txid) => ({
        txid,
        inputs: inputsOf(known.get(txid)).map((one) => ({ ...one, own: isOwn(one) })),
        scripts: (made.get(txid) ?? []).map((one) => one.script),
      }))
      return all.filter(({ inputs, scripts }) => scripts.includes(script) || inputs.some(({ own }) => own)).toReversed()
    },
    accept(raw) {
      const txid = txidOf(raw)
      if (pool.includes(txid)) return txid
      if (heights().has(txid)) throw new Rejected('Transaction already in block chain')
      const there = new Set(unspent(true).map(nameOf))
      if (!inputsOf(raw).every((one) => there.has(nameOf(one)))) throw new Rejected('bad-txns-inputs-missingorspent')
      return add(raw)
    },
    pay: (address, amount) => add(transaction([{ txid: hashOf(`nothing ${made++}`), index: 0 }], address, amount)),
    mine(count) {
      for (let i = 0; i < count; i++) blocks.push({ hash: hashOf(`block ${made++}`), txids: pool.splice(0) })
    },
    undo: () => void pool.unshift(...(blocks.pop()?.txids ?? [])),
  }
}

/** One output, and a witness so that it has one. */
export function transaction(inputs: readonly OutPoint[], address: string, amount: bigint): Uint8Array {
  return RawTx.encode({
    segwitFlag: true,
    version: 2,
    inputs: inputs.map(({ txid, index }) => ({
      txid: Uint8Array.from(Buffer.from(txid, 'hex')),
      index,
      finalScriptSig: new Uint8Array(),
      sequence: 0xffff_fffd,
    })),
    outputs: [{ amount, script: Uint8Array.from(Buffer.from(scriptOf(address), 'hex')) }],
    witnesses: inputs.map(() => [Uint8Array.of(1, 2, 3)]),
    lockTime: 0,
  })
}

function inputsOf(raw: Uint8Array | undefined): readonly OutPoint[] {
  if (raw === undefined) return []
  const inputs: readonly { readonly txid: Uint8Array; readonly index: number }[] = RawTx.decode(raw).inputs
  return inputs.map(({ txid, index }) => ({ txid: Buffer.from(txid).toString('hex'), index }))
}

function outputsOf(txid: string, raw: Uint8Array | undefined, height: number | undefined): readonly Output[] {
  if (raw === undefined) return []
  const outputs: readonly { readonly amount: bigint; readonly script: Uint8Array }[] = RawTx.decode(raw).outputs
  return outputs.map(({ amount, script }, index) => ({
    txid,
    index,
    amount,
    script: Buffer.from(script).toString('hex'),
    ...(height !== undefined && { height }),
  }))
}

function nameOf({ txid, index }: OutPoint): string {
  return `${txid}:${index}`
}

function hashOf(text: string): string {
  return Buffer.from(sha256(utf8(text))).toString('hex')
}
