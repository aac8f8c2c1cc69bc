/** A chain of coins in memory behind the API of an Esplora server, for a service in another process or behind its config. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { deadlineIn } from '../../src/base/deadline.ts'
import { systemClock } from '../../src/base/clock.ts'
import { readTransaction, txidText } from '../../src/chains/bitcoin/transaction.ts'
import type { CoinNode, Sighting } from '../../src/core/node.ts'

export interface CoinServer {
  readonly url: URL
  close(): Promise<void>
}

/** `genesis` is the hash of the first block: it begins with the reference of the network's CAIP-2 id. */
export async function startCoinServer(node: CoinNode, genesis: string): Promise<CoinServer> {
  const server = createServer((request, response) => {
    const answered = text(request).then((body) => answer(node, genesis, request.url ?? '', body))
    answered.then(
      ([status, said]) => response.writeHead(status).end(said),
      () => response.writeHead(503).end('down'),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Said = readonly [number, string]

/** Where the chain begins to count: heights are what confirmations are counted back from. */
const tip = 1_000_000

async function answer(node: CoinNode, genesis: string, path: string, body: string): Promise<Said> {
  const deadline = deadlineIn(30_000, systemClock)
  const [, first, second = '', third] = path.split('/')
  if (path === '/blocks/tip/height') return [200, String(tip)]
  if (path === '/block-height/0') return [200, genesis]
  if (path === '/fee-estimates') return [200, `{"6":${Number((await node.feeRate(6, deadline)) ?? 1_000n) / 1_000}}`]
  if (path === '/tx') {
    const sent = await node.send(Uint8Array.from(Buffer.from(body, 'hex')), deadline)
    return sent.accepted
      ? [200, txidText(readTransaction(Uint8Array.from(Buffer.from(body, 'hex')), 'body').txid)]
      : [400, sent.words ?? 'no']
  }
  if (first === 'block-height') return [200, second.padStart(64, '0')]
  if (first === 'address' && third === 'utxo') return [200, await coins(node, decodeURIComponent(second))]
  if (first === 'address' && third === 'txs') return [200, await received(node, decodeURIComponent(second))]
  if (first === 'tx' && third === 'status') return [200, status(await node.sighting(second, deadline))]
  if (first === 'tx' && third === 'hex') {
    const raw = await node.transaction(second, deadline)
    return raw === undefined ? [404, 'Transaction not found'] : [200, Buffer.from(raw).toString('hex')]
  }
  return [404, 'not found']
}

async function coins(node: CoinNode, address: string): Promise<string> {
  const found = await node.coins([address], deadlineIn(30_000, systemClock))
  return JSON.stringify(
    found.map(({ txid, index, confirmations }) => ({
      txid,
      vout: index,
      value: 0,
      status: confirmations === 0 ? { confirmed: false } : confirmed(tip - confirmations + 1),
    })),
  )
}

async function received(node: CoinNode, address: string): Promise<string> {
  const found = await node.received([address], deadlineIn(30_000, systemClock))
  return JSON.stringify(
    found.map(({ txid, inBlock }) => ({
      txid,
      vin: [],
      vout: [{ scriptpubkey_address: address }],
      status: inBlock ? confirmed(tip) : { confirmed: false },
    })),
  )
}

function confirmed(height: number) {
  return { confirmed: true, block_height: height, block_hash: String(height).padStart(64, '0'), block_time: 1 }
}

function status(seen: Sighting): string {
  if (seen.seen !== 'block') return JSON.stringify({ confirmed: false })
  return JSON.stringify(confirmed(tip - Number(seen.depth) + 1))
}
