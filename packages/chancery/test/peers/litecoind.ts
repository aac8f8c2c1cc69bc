/** Litecoin Core on a regtest of its own: `litecoind`, of the Debian package of that name. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutPoint } from '../../src/core/coins.ts'
import type { Network } from '../../src/core/names.ts'

export const litecoindIsThere = spawnSync('litecoind', ['--version'], { env: environment(tmpdir()) }).status === 0
export const litecoindMissing = 'needs litecoind, of the Debian package litecoind'

export interface Litecoind {
  readonly network: Network
  /** With the name and password, and without a wallet. */
  readonly url: URL
  walletUrl(name: string): URL
  /** @throws Error with the node's own words */
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>
  /** Of the wallet that mines and pays. */
  miner(method: string, ...params: readonly unknown[]): Promise<unknown>
  /** Each time to another address: a block made again after it was taken away is another block. */
  mine(blocks: number): Promise<void>
  /** Amounts in base units. Gives the txid of a transaction without a block. */
  pay(address: string, amount: bigint): Promise<string>
  /** Of a wallet that is paid: it spends nothing unless told to. */
  payee(method: string, ...params: readonly unknown[]): Promise<unknown>
  stop(): Promise<void>
}

/**
 * Taproot and segregated witness hold from the first block on. Extension blocks (MWEB) begin at about block 430: a chain
 * is not made longer. `options` are litecoind's own, such as `-txindex`.
 */
export async function startLitecoind(...options: readonly string[]): Promise<Litecoind> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-litecoind-'))
  const port = await freePort()
  const child = spawn('litecoind', [...fixed(folder, port), ...options], { stdio: 'ignore', env: environment(folder) })
  const url = new URL(`http://tester:secret@127.0.0.1:${port}/`)
  const walletUrl = (name: string) => new URL(`/wallet/${name}`, url)
  const rpc = (method: string, ...params: readonly unknown[]) => ask(url, method, params)
  const miner = (method: string, ...params: readonly unknown[]) => ask(walletUrl('miner'), method, params)
  const payee = (method: string, ...params: readonly unknown[]) => ask(walletUrl('payee'), method, params)
  const stop = () => stopped(child, folder)
  try {
    await answering(child, () => rpc('getblockcount'))
    await rpc('createwallet', 'miner')
    await rpc('createwallet', 'payee')
    const home = await text(miner('getnewaddress', '', 'legacy'))
    // What is mined is spent a hundred blocks later.
    await rpc('generatetoaddress', 104, home)
    return {
      network: `bip122:${(await text(rpc('getblockhash', 0))).slice(0, 32)}`,
      url,
      walletUrl,
      rpc,
      miner,
      payee,
      mine: async (blocks) => void (await rpc('generatetoaddress', blocks, await text(miner('getnewaddress')))),
      pay: (address, amount) => text(miner('sendtoaddress', address, coins(amount))),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A signed transaction by the wallet that is paid: the whole of its coin, less a fee, to `to`. */
export async function spendByWallet(
  node: Litecoind,
  { txid, index }: OutPoint,
  to: string,
  fee: bigint,
): Promise<Uint8Array> {
  const out = await node.rpc('gettxout', txid, index, true)
  const whole = out === null ? 150_000_000n : baseUnits(memberOf(out, 'value'))
  const unsigned = await node.rpc('createrawtransaction', [{ txid, vout: index }], { [to]: coins(whole - fee) })
  const signed = memberOf(await node.payee('signrawtransactionwithwallet', unsigned), 'hex')
  return Uint8Array.from(Buffer.from(String(signed), 'hex'))
}

/** As bitcoind writes amounts. */
export function coins(amount: bigint): string {
  return `${amount / 100_000_000n}.${String(amount % 100_000_000n).padStart(8, '0')}`
}

/** The numbers of a test are small: no double rounds them. */
function baseUnits(value: unknown): bigint {
  return BigInt(Math.round(Number(value) * 1e8))
}

function fixed(folder: string, port: number): readonly string[] {
  const network = ['-regtest', `-datadir=${folder}`, '-listen=0', '-discover=0', '-dnsseed=0', `-rpcport=${port}`]
  const access = ['-rpcuser=tester', '-rpcpassword=secret', '-rpcbind=127.0.0.1', '-rpcallowip=127.0.0.1']
  return [...network, ...access, '-fallbackfee=0.0001', '-acceptnonstdtxn=0', '-printtoconsole=0']
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Debian's wrapper writes a configuration into the home directory. */
function environment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home }
}

async function ask(url: URL, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${url.origin}${url.pathname}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}` },
    body: JSON.stringify({ jsonrpc: '1.0', id: 1, method, params }),
  })
  const answer: unknown = await response.json()
  const error = memberOf(answer, 'error')
  if (error === null) return memberOf(answer, 'result')
  throw new Error(`${method}: ${String(memberOf(error, 'message'))}`)
}

async function text(answer: Promise<unknown>): Promise<string> {
  const value = await answer
  if (typeof value === 'string') return value
  throw new Error(`expected text, got ${typeof value}`)
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}

/** Asks until it is answered: the port opens before the node is ready. */
async function answering(child: ChildProcess, probe: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      await probe()
      return
    } catch (error) {
      if (child.exitCode !== null || Date.now() > end) throw new Error('litecoind does not answer', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function stopped(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  await rm(folder, { recursive: true, force: true })
}
