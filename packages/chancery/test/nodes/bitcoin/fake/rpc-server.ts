/** A bitcoind of a fake chain: what the node under test asks, answered as Bitcoin Core, Litecoin Core or Dogecoin Core do. */
import { sha256, utf8 } from '../../../../src/base/bytes.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../../src/base/json.ts'
import { coins } from '../../../peers/litecoind.ts'
import { Rejected, scriptOf, type FakeChain, type Output } from './chain.ts'
import { serve, type Answer, type Loopback } from './loopback.ts'

export interface RpcServerOptions {
  readonly chain: FakeChain
  /** Of its watch-only wallet; without one it has none. */
  readonly wallet?: 'legacy' | 'descriptors'
  readonly txindex?: boolean
  /** Methods that came after Bitcoin Core 0.14, which Dogecoin Core 1.14 was made from, are unknown. */
  readonly old?: boolean
  /** As text, such as `0.00012345`. */
  readonly feerate?: string
}

export interface RpcServer extends Loopback {
  /** Addresses its wallet watches. */
  readonly watched: Set<string>
}

const later = new Set(['scantxoutset', 'getaddressinfo', 'importdescriptors', 'getdescriptorinfo', 'getindexinfo'])

class RpcError extends Error {
  override readonly name = 'RpcError'

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }

  readonly code: number
}

export async function startRpc(options: RpcServerOptions): Promise<RpcServer> {
  const watched = new Set<string>()
  const methods = methodsOf(options, watched)
  const server = await serve(methodIn, ({ body }) => answerTo(JSON.parse(body), methods, options.old === true))
  return { ...server, watched }
}

/** `scantxoutset`, or that of the first of a list. */
function methodIn(_path: string, body: string): string {
  const request: unknown = JSON.parse(body)
  const first: unknown = Array.isArray(request) ? request[0] : request
  return isJsonObject(first) ? textOf(first['method']) : ''
}

type Method = (...params: readonly Json[]) => Json

function answerTo(request: unknown, methods: Readonly<Record<string, Method>>, old: boolean): Answer {
  const one = (asked: unknown) => (isJsonObject(asked) ? answered(asked, methods, old) : 'null')
  if (Array.isArray(request)) return { body: `[${request.map(one).toReversed().join(',')}]` }
  const body = one(request)
  return { status: body.includes('"error":null') ? 200 : 500, body }
}

function answered(
  { id = null, method, params }: JsonObject,
  methods: Readonly<Record<string, Method>>,
  old: boolean,
): string {
  try {
    const name = textOf(method)
    const found = old && later.has(name) ? undefined : methods[name]
    if (found === undefined) throw new RpcError(-32601, 'Method not found')
    // Amounts are numbers with a fraction: made as text between marks, which are taken away.
    const text = JSON.stringify(found(...listOf(params))).replaceAll(/"#([0-9.eE-]+)#"/g, '$1')
    return `{"result":${text},"error":null,"id":${JSON.stringify(id)}}`
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    const { code, message } = error
    return JSON.stringify({ result: null, error: { code, message }, id })
  }
}

function methodsOf(options: RpcServerOptions, watched: Set<string>): Readonly<Record<string, Method>> {
  return { ...chainMethods(options), ...(options.wallet ? walletMethods(options, watched) : {}) }
}

function chainMethods({ chain, txindex = false, feerate }: RpcServerOptions): Readonly<Record<string, Method>> {
  const head = () => chain.blocks.length - 1
  const seen = (txid: Json, block?: Json) => {
    const id = textOf(txid)
    const height = chain.heightOf(id)
    const named = height !== undefined && chain.blocks[height]?.hash === block
    const raw = txindex || named || chain.pool.includes(id) ? chain.raw(id) : undefined
    if (raw === undefined) throw new RpcError(-5, 'No such mempool transaction. Use -txindex or a block hash')
    return { hex: Buffer.from(raw).toString('hex'), height }
  }
  return {
    getblockcount: head,
    getblockhash: (height) => chain.blocks[Number(height)]?.hash ?? fail(-8, 'Block height out of range'),
    getblock: (hash) => ({ tx: [...(chain.blocks.find((one) => one.hash === hash)?.txids ?? [])] }),
    getblockheader: (hash) => {
      const height = chain.blocks.findIndex((one) => one.hash === hash)
      return { hash: textOf(hash), height, confirmations: height < 0 ? -1 : head() - height + 1 }
    },
    getindexinfo: () => (txindex ? { txindex: { synced: true, best_block_height: head() } } : {}),
    getrawtransaction: (txid, verbose, block) => {
      const { hex, height } = seen(txid ?? '', block)
      if (verbose !== true) return hex
      const hash = height === undefined ? undefined : chain.blocks[height]?.hash
      return { txid: textOf(txid), hex, ...(hash !== undefined && { blockhash: hash }) }
    },
    getmempoolentry: (txid) =>
      chain.pool.includes(textOf(txid)) ? { vsize: 1 } : fail(-5, 'Transaction not in mempool'),
    gettxout: (txid, index, pool) => {
      const found = chain.unspent(pool === true).find((one) => one.txid === txid && one.index === index)
      return found ? { value: number(coins(found.amount)), scriptPubKey: { hex: found.script } } : null
    },
    validateaddress: (address) => ({
      isvalid: true,
      address: textOf(address),
      scriptPubKey: scriptOf(textOf(address)),
    }),
    scantxoutset: (action, asked) => (action === 'status' ? null : scanned(chain, listOf(asked))),
    estimatesmartfee: () =>
      feerate === undefined ? { errors: ['Insufficient data'], blocks: 2 } : { feerate: number(feerate), blocks: 2 },
    sendrawtransaction: (hex) => sent(chain, textOf(hex)),
  }
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function fail(code: number, words: string): never {
  throw new RpcError(code, words)
}

/** A number that has to keep its digits. */
function number(digits: string): string {
  return `#${digits}#`
}

function scanned(chain: FakeChain, asked: readonly Json[]): Json {
  const scripts = new Set(asked.map((one) => scriptOf(/^addr\((.*)\)$/.exec(textOf(one))?.[1] ?? '')))
  const found = chain.unspent(false).filter(({ script }) => scripts.has(script))
  return {
    success: true,
    height: chain.blocks.length - 1,
    unspents: found.map(({ txid, index, script, amount, height = 0 }) => ({
      txid,
      vout: index,
      scriptPubKey: script,
      desc: `rawtr(${script})#00000000`,
      height,
      amount: number(coins(amount)),
    })),
  }
}

function sent(chain: FakeChain, hex: string): string {
  try {
    return chain.accept(Uint8Array.from(Buffer.from(hex, 'hex')))
  } catch (error) {
    if (!(error instanceof Rejected)) throw new RpcError(-22, 'TX decode failed')
    throw new RpcError(error.message.includes('already') ? -27 : -25, error.message)
  }
}

function walletMethods(
  { chain, wallet, old }: RpcServerOptions,
  watched: Set<string>,
): Readonly<Record<string, Method>> {
  const info: Method = (address) => {
    const iswatchonly = watched.has(textOf(address))
    return wallet === 'descriptors' ? { ismine: iswatchonly } : { ismine: false, iswatchonly }
  }
  return {
    getwalletinfo: () => ({
      walletname: 'watch',
      ...(!old && { scanning: false, descriptors: wallet === 'descriptors' }),
    }),
    getaddressinfo: info,
    ...(old && { validateaddress: info }),
    getdescriptorinfo: (descriptor) => ({ descriptor: `${textOf(descriptor)}#${checksum(textOf(descriptor))}` }),
    [wallet === 'descriptors' ? 'importdescriptors' : 'importmulti']: (requests) =>
      listOf(requests).map((one: Json) => imported(one, watched)),
    listunspent: (_least, _most, asked) =>
      listOf(asked)
        .filter((one: Json) => watched.has(textOf(one)))
        .flatMap((one: Json) => listed(chain, textOf(one))),
    gettransaction: (txid) => {
      const raw = chain.raw(textOf(txid)) ?? fail(-5, 'Invalid or non-wallet transaction id')
      const height = chain.heightOf(textOf(txid))
      const block = height === undefined ? undefined : chain.blocks[height]?.hash
      return {
        txid: textOf(txid),
        hex: Buffer.from(raw).toString('hex'),
        ...(block !== undefined && { blockhash: block }),
      }
    },
  }
}

function imported(request: Json, watched: Set<string>): Json {
  if (!isJsonObject(request)) throw new RpcError(-8, 'not an import')
  const { desc, scriptPubKey } = request
  const described = typeof desc === 'string' ? /^(addr\((.*)\))#([0-9a-f]{8})$/.exec(desc) : undefined
  if (described && described[3] !== checksum(described[1] ?? ''))
    return { success: false, error: { code: -5, message: 'Missing checksum' } }
  watched.add(described?.[2] ?? (isJsonObject(scriptPubKey) ? textOf(scriptPubKey['address']) : ''))
  return { success: true }
}

/** Not the real one: nobody but this server reads it. */
function checksum(descriptor: string): string {
  return Buffer.from(sha256(utf8(descriptor)).subarray(0, 4)).toString('hex')
}

function listed(chain: FakeChain, address: string): readonly Json[] {
  const depth = ({ height }: Output) => (height === undefined ? 0 : chain.blocks.length - height)
  const mine = chain.unspent(true).filter(({ script }) => script === scriptOf(address))
  return mine.map((one) => ({
    txid: one.txid,
    vout: one.index,
    address,
    confirmations: depth(one),
    amount: number(coins(one.amount)),
  }))
}
