/** An Esplora server of a fake chain, below `/api`. */
import type { Json } from '../../../../src/base/json.ts'
import { Rejected, scriptOf, type FakeChain, type Touching } from './chain.ts'
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

/** The newest page, which is all that is asked for: 50 that wait and 25 in blocks, newest first. */
function historyOf(address: string, chain: FakeChain): Json {
  const script = scriptOf(address)
  const isInBlock = ({ txid }: Touching) => chain.heightOf(txid) !== undefined
  const all = chain.touching(script)
  const page = [...all.filter((one) => !isInBlock(one)).slice(0, 50), ...all.filter(isInBlock).slice(0, 25)]
  return page.map(({ txid, inputs, scripts }) => ({
    txid,
    vin: inputs.map((one) => ({
      txid: one.txid,
      vout: one.index,
      prevout: one.own ? outputTo(script, address) : null,
    })),
    vout: scripts.map((one) => (one === script ? outputTo(script, address) : { scriptpubkey: one })),
    status: status(chain.heightOf(txid), chain),
  }))
}

function outputTo(script: string, address: string) {
  return { scriptpubkey: script, scriptpubkey_address: address }
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
