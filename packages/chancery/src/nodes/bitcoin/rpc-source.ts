/** A bitcoind-compatible node as a source: with a wallet where its URL names one, else by looking through all outputs. */
import type { Deadline } from '../../base/deadline.ts'
import { toHex } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'
import type { FoundCoin, FoundPayment, Sent } from '../../core/node.ts'
import { createBlocks, remember, type Blocks } from './blocks.ts'
import { rateOf, target } from './fees.ts'
import { createGate, type EndpointOptions } from './http.ts'
import { type Answer, isUnknown, resultOf, rpcAt, rpcCodes, type Rpc } from './rpc.ts'
import { blockBySearch, rpcSighting } from './rpc-sighting.ts'
import { createScan, scannedCoins, type Scan } from './scan.ts'
import type { OpenSource } from './source.ts'
import { readTransaction, requireTransaction } from './transaction.ts'
import { walletCoins } from './wallet.ts'
import { bytesIn, hash, member } from './wire.ts'

export interface RpcSourceOptions extends EndpointOptions {
  /** Seconds since 1970: no address of ours held anything before. */
  readonly since: number
}

/** What is known of one endpoint from one question to the next. */
interface Memory {
  readonly options: RpcSourceOptions
  readonly scan: Scan
  readonly blocks: Blocks
  /** Heights of the blocks that coins were found in, by txid. */
  readonly heights: Map<string, bigint>
  /** Whether coins are asked of its wallet. */
  wallet: boolean
}

const mostHeights = 100_000
/** bitcoind's own line has 16 places unless configured otherwise, and others ask as well. */
const width = 8

export function rpcSource(given: Omit<RpcSourceOptions, 'gate'>): OpenSource {
  const options = { ...given, gate: createGate(width) }
  const wallet = /\/wallet\/[^/]*$/.test(options.url.pathname)
  const memory: Memory = { options, scan: createScan(options), blocks: createBlocks(), heights: new Map(), wallet }
  return (deadline) => {
    const rpc = rpcAt(options, deadline)
    return {
      genesis: async () => {
        const genesis = await rpc.call('getblockhash', [0])
        return typeof genesis === 'string' ? genesis : ''
      },
      coins: (addresses) => coins([...new Set(addresses)], memory, rpc, deadline),
      received: async (addresses) => (await coins([...new Set(addresses)], memory, rpc, deadline)).map(paymentOf),
      transaction: (txid) => transaction(txid, memory, rpc),
      feeRate: async (blocks) => rateOf(member(await rpc.call('estimatesmartfee', [target(blocks)]), 'feerate')),
      send: (raw) => send(raw, rpc),
      sighting: (txid) => rpcSighting(txid, memory.wallet, memory.blocks, rpc),
    }
  }
}

async function coins(
  addresses: readonly string[],
  memory: Memory,
  rpc: Rpc,
  deadline: Deadline,
): Promise<readonly FoundCoin[]> {
  if (addresses.length === 0) return []
  const scanned = memory.wallet ? undefined : await scannedCoins(addresses, memory.scan, rpc, deadline)
  memory.wallet = scanned === undefined
  if (scanned === undefined) return walletCoins(addresses, memory.options.since, rpc)
  for (const [txid, height] of scanned.blocks) remember(memory.heights, txid, height, mostHeights)
  return scanned.coins
}

/** It keeps no history of addresses: what is spent has left no trace. */
function paymentOf({ txid, address, confirmations }: FoundCoin): FoundPayment {
  return { txid, address, inBlock: confirmations > 0 }
}

async function transaction(txid: string, memory: Memory, rpc: Rpc): Promise<Uint8Array | undefined> {
  const answer = await rpc.ask('getrawtransaction', [txid, false])
  if (!isUnknown(answer)) return rawIn(answer, txid)
  if (memory.wallet) return ofWallet(txid, rpc)
  return (await listed(txid, memory, rpc)) ?? recent(txid, memory, rpc)
}

/** One whose coins a look through all outputs found, by the height it told. */
async function listed(txid: string, { heights }: Memory, rpc: Rpc): Promise<Uint8Array | undefined> {
  const height = heights.get(txid)
  if (height === undefined) return undefined
  const block = hash(await rpc.call('getblockhash', [Number(height)]), 'block hash')
  return inBlock(block, txid, rpc)
}

/** One that was not listed since the service started, or whose block was replaced. */
async function recent(txid: string, { blocks }: Memory, rpc: Rpc): Promise<Uint8Array | undefined> {
  const block = await blockBySearch(txid, blocks, rpc)
  return block === undefined ? undefined : inBlock(block, txid, rpc)
}

/** A node without an index of transactions finds one by the block it is in. */
async function inBlock(block: string, txid: string, rpc: Rpc): Promise<Uint8Array | undefined> {
  const answer = await rpc.ask('getrawtransaction', [txid, false, block])
  return isUnknown(answer) ? undefined : rawIn(answer, txid)
}

function rawIn(answer: Answer, txid: string): Uint8Array {
  return requireTransaction(bytesIn(resultOf('getrawtransaction', answer)), txid)
}

async function ofWallet(txid: string, rpc: Rpc): Promise<Uint8Array | undefined> {
  const answer = await rpc.ask('gettransaction', [txid, true])
  if (isUnknown(answer)) return undefined
  return requireTransaction(bytesIn(member(resultOf('gettransaction', answer), 'hex')), txid)
}

/** Whoever sent it first, it was taken: a refusal counts only where the node does not have the transaction. */
async function send(raw: Uint8Array, rpc: Rpc): Promise<Sent> {
  const txid = readTransaction(raw)?.txid
  if (txid === undefined) return { accepted: false, words: 'these bytes are no transaction' }
  const answer = await rpc.ask('sendrawtransaction', [toHex(raw).slice(2)])
  if (answer.ok && answer.result === txid) return { accepted: true }
  if (answer.ok) throw new Failed('node-refused', 'The node answered with the name of another transaction')
  if (answer.code === rpcCodes.alreadyInChain) return { accepted: true }
  const pooled = await rpc.ask('getmempoolentry', [txid])
  return pooled.ok ? { accepted: true } : { accepted: false, words: answer.words }
}
