/** An Esplora server of a fake chain, below `/api`. */
import type { Json } from '../../../../src/base/json.ts'
import { Rejected, scriptOf, type FakeChain } from './chain.ts'
import { serve, type Answer, type Loopback } from './loopback.ts'

export interface EsploraOptions {
  readonly chain: FakeChain
  /** As text: `{"1":20.5}`. */
  readonly fees?: string
}

export async function startEsplora({ chain, fees = '{}' }: EsploraOptions): Promise<Loopback> {
  const server = await serve(
    (path) => path.replace(/^\/api/, ''),
    ({ name, body }) => answerTo(name, body, chain, fees),
  )
  return { ...server, url: new URL('/api', server.url) }
}

function answerTo(path: string, body: string, chain: FakeChain, fees: string): Answer {
  const [, first, second = '', third] = path.split('/')
  if (path === '/blocks/tip/height') return { body: String(chain.blocks.length - 1) }
  if (path === '/fee-estimates') return { body: fees }
  if (path === '/tx') return sent(chain, body)
  if (first === 'block-height') return { body: chain.blocks[Number(second)]?.hash ?? '' }
  if (first === 'address' && third === 'utxo') return json(coinsOf(decodeURIComponent(second), chain))
  if (first === 'address' && third === 'txs') return json(historyOf(decodeURIComponent(second), chain))
  if (first === 'tx' && third === 'status') return json(status(chain.heightOf(second), chain))
  if (first === 'tx' && third === 'hex') return hexOf(chain.raw(second))
  return { status: 404, body: 'not found' }
}

function json(value: Json): Answer {
  return { body: JSON.stringify(value) }
}

/** The same of a transaction that waits and of one that nobody ever saw, as the real one says it. */
function status(height: number | undefined, chain: FakeChain): Json {
  if (height === undefined) return { confirmed: false }
  return { confirmed: true, block_height: height, block_hash: chain.blocks[height]?.hash ?? '', block_time: 1 }
}

function coinsOf(address: string, chain: FakeChain): Json {
  const mine = chain.unspent(true).filter(({ script }) => script === scriptOf(address))
  return mine.map(({ txid, index, amount, height }) => ({
    txid,
    vout: index,
    value: Number(amount),
    status: status(height, chain),
  }))
}

/** Newest first, with what spends from it: that names no output of the address. */
function historyOf(address: string, chain: FakeChain): Json {
  const script = scriptOf(address)
  return chain.touching(script).map(({ txid, scripts }) => ({
    txid,
    vout: scripts.map((one) => ({ scriptpubkey: one, ...(one === script && { scriptpubkey_address: address }) })),
    status: status(chain.heightOf(txid), chain),
  }))
}

function hexOf(raw: Uint8Array | undefined): Answer {
  return raw ? { body: Buffer.from(raw).toString('hex') } : { status: 404, body: 'Transaction not found' }
}

function sent(chain: FakeChain, hex: string): Answer {
  try {
    return { body: chain.accept(Uint8Array.from(Buffer.from(hex, 'hex'))) }
  } catch (error) {
    const message = error instanceof Rejected ? error.message : 'TX decode failed'
    return { status: 400, body: `sendrawtransaction RPC error: {"code":-25,"message":"${message}"}` }
  }
}
