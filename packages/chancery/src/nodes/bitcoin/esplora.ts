/** Esplora's REST API, as blockstream.info and mempool.space serve it. */
import type { Deadline } from '../../base/deadline.ts'
import { toHex } from '../../base/bytes.ts'
import { sideBySide } from '../../base/side-by-side.ts'
import { Failed } from '../../core/errors.ts'
import type { FoundCoin, FoundPayment, Sent, Sighting } from '../../core/node.ts'
import { cleaned } from '../../endpoints/http.ts'
import { rateIn } from './fees.ts'
import { createGate, exchange, type EndpointOptions, type Response } from './http.ts'
import { depthOf, type OpenSource } from './source.ts'
import { readTransaction, requireTransaction } from './transaction.ts'
import { bytesIn, hash, list, member, mostBlocks, outPoint, readWire, unbelievable, whole, type Wire } from './wire.ts'

/** One GET, or a POST of text. @throws Busy; Error when there was no answer, or one that says that the node itself failed */
type Ask = (name: string, path: string, text?: string) => Promise<Response>

/** A public server answers a few at a time. */
const width = 4

export function esploraSource(given: Omit<EndpointOptions, 'gate'>): OpenSource {
  const options = { ...given, gate: createGate(width) }
  return (deadline) => {
    const ask = asking(options, deadline)
    return {
      genesis: async () => (await ask('block-height', '/block-height/0')).text.trim(),
      coins: (addresses) => coins([...new Set(addresses)], ask),
      received: (addresses) => received([...new Set(addresses)], ask),
      transaction: (txid) => transaction(txid, ask),
      feeRate: async (blocks) => rateIn(json(await ask('fee-estimates', '/fee-estimates')), blocks),
      send: (raw) => send(raw, ask),
      sighting: (txid) => sighting(txid, ask),
    }
  }
}

function asking(options: EndpointOptions, deadline: Deadline): Ask {
  return async (name, path, text) => {
    const body = text === undefined ? {} : { body: { type: 'text/plain', text } }
    const response = await exchange({ name, path, ...body }, options, deadline)
    const { status } = response
    if ((status >= 200 && status < 300) || (status >= 400 && status < 500)) return response
    throw new Error(`status ${status}: ${cleaned(response.text.slice(0, 300))}`)
  }
}

/** @throws Failed `node-refused` when the node did not do as asked; Error for what is not JSON */
function json(response: Response): Wire {
  requireDone(response)
  try {
    return readWire(response.text)
  } catch (error) {
    throw new Error(`its answer (status ${response.status}) is not JSON`, { cause: error })
  }
}

function requireDone({ status, text }: Response): void {
  if (status < 400) return
  throw new Failed('node-refused', 'The node answered with an error', { particulars: { got: cleaned(text) } })
}

async function coins(addresses: readonly string[], ask: Ask): Promise<readonly FoundCoin[]> {
  if (addresses.length === 0) return []
  const head = await height(ask)
  const found = await sideBySide(addresses, width, (address) => coinsOf(address, head, ask))
  return found.flat()
}

async function height(ask: Ask): Promise<bigint> {
  const response = await ask('tip-height', '/blocks/tip/height')
  return whole(json(response), 'height')
}

async function coinsOf(address: string, head: bigint, ask: Ask): Promise<readonly FoundCoin[]> {
  const value = json(await ask('utxo', `/address/${encodeURIComponent(address)}/utxo`))
  return list(value, 'list of coins').map((one) => {
    const number = blockNumber(member(one, 'status'))
    const confirmations = number === undefined ? 0 : Number(depthOf(number, head))
    return { ...outPoint(one), address, confirmations }
  })
}

async function received(addresses: readonly string[], ask: Ask): Promise<readonly FoundPayment[]> {
  const found = await sideBySide(addresses, width, (address) => paymentsTo(address, ask))
  return found.flat()
}

/**
 * Of the newest page of its history, which is enough: whatever stands there pays the address, or spends what paid it and says
 * what that was. A number of payments alone would prove nothing.
 */
async function paymentsTo(address: string, ask: Ask): Promise<readonly FoundPayment[]> {
  const value = json(await ask('address-txs', `/address/${encodeURIComponent(address)}/txs`))
  const history = list(value, 'list of transactions')
  const found = history.flatMap((one) => paymentsIn(one, address))
  if (history.length > 0 && found.length === 0) {
    throw unbelievable('history of an address', value, `transactions that pay ${address}, or spend what did`)
  }
  const inBlocksLast = found.toSorted((a, b) => Number(a.inBlock) - Number(b.inBlock))
  return [...new Map(inBlocksLast.map((one) => [one.txid, one])).values()]
}

/** What a block's transaction spends is in a block as well. */
function paymentsIn(transaction: Wire, address: string): readonly FoundPayment[] {
  const pays = (output: Wire | undefined): boolean => member(output, 'scriptpubkey_address') === address
  const spent = list(member(transaction, 'vin'), 'list of inputs').filter((one) => pays(member(one, 'prevout')))
  const own = list(member(transaction, 'vout'), 'list of outputs').some(pays) ? [transaction] : []
  const inBlock = blockNumber(member(transaction, 'status')) !== undefined
  return [...own, ...spent].map((one) => ({ txid: hash(member(one, 'txid'), 'txid'), address, inBlock }))
}

/** Undefined while it is in no block. */
function blockNumber(status: Wire | undefined): bigint | undefined {
  const confirmed = member(status, 'confirmed')
  if (confirmed === false) return undefined
  if (confirmed === true) return whole(member(status, 'block_height'), 'height', mostBlocks)
  throw unbelievable('status', confirmed, 'confirmed, or not')
}

async function transaction(txid: string, ask: Ask): Promise<Uint8Array | undefined> {
  const response = await ask('tx-hex', `/tx/${txid}/hex`)
  if (response.status === 404) return undefined
  requireDone(response)
  return requireTransaction(bytesIn(response.text.trim()), txid)
}

/** Whoever sent it first, it was taken: a refusal counts only where the node does not have the transaction. */
async function send(raw: Uint8Array, ask: Ask): Promise<Sent> {
  const txid = readTransaction(raw)?.txid
  if (txid === undefined) return { accepted: false, words: 'these bytes are no transaction' }
  const { status, text } = await ask('send', '/tx', toHex(raw).slice(2))
  if (status < 300 && text.trim() === txid) return { accepted: true }
  if (status < 300) throw new Failed('node-refused', 'The node answered with the name of another transaction')
  const known = await transaction(txid, ask)
  return known === undefined ? { accepted: false, words: cleaned(text) } : { accepted: true }
}

/** A server knows no status of a transaction from that of one it never saw: those without a block are looked up as well. */
async function sighting(txid: string, ask: Ask): Promise<Sighting> {
  const response = await ask('tx-status', `/tx/${txid}/status`)
  const status = response.status === 404 ? undefined : json(response)
  const number = status === undefined ? undefined : blockNumber(status)
  if (number === undefined) return { seen: (await transaction(txid, ask)) === undefined ? 'nowhere' : 'pool' }
  const block = `0x${hash(member(status, 'block_hash'), 'block hash')}` as const
  const depth = depthOf(number, await height(ask))
  return { seen: 'block', block, number, depth, success: true, receipt: { txid, blockHash: block } }
}
