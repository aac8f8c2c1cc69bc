/** Where a transaction is, by what a bitcoind-compatible node says: its pool, its index, its wallet, its newest blocks. */
import type { Sighting } from '../../core/node.ts'
import type { Blocks } from './blocks.ts'
import { isUnknown, resultOf, type Rpc } from './rpc.ts'
import { hash, member, Numeral, unbelievable, whole, type Wire } from './wire.ts'

const nowhere: Sighting = { seen: 'nowhere' }

/** The pool first: a transaction that leaves it meanwhile is found in a block. */
export async function rpcSighting(txid: string, wallet: boolean, blocks: Blocks, rpc: Rpc): Promise<Sighting> {
  const answer = await rpc.ask('getrawtransaction', [txid, true])
  if (!isUnknown(answer)) return sightingIn(resultOf('getrawtransaction', answer), txid, rpc)
  const block = (wallet ? await blockByWallet(txid, rpc) : undefined) ?? (await blockBySearch(txid, blocks, rpc))
  return block === undefined ? nowhere : inBlock(block, txid, rpc)
}

async function sightingIn(value: Wire, txid: string, rpc: Rpc): Promise<Sighting> {
  if (member(value, 'txid') !== txid) throw unbelievable('transaction', member(value, 'txid'), txid)
  const block = member(value, 'blockhash')
  return block === undefined ? { seen: 'pool' } : inBlock(hash(block, 'block hash'), txid, rpc)
}

/** A block that was replaced has less than one confirmation. */
async function inBlock(block: string, txid: string, rpc: Rpc): Promise<Sighting> {
  const header = await rpc.call('getblockheader', [block])
  const confirmations = member(header, 'confirmations')
  if (confirmations instanceof Numeral && Number(confirmations.digits) < 1) return nowhere
  const blockHash = `0x${block}` as const
  return {
    seen: 'block',
    block: blockHash,
    number: whole(member(header, 'height'), 'height'),
    depth: whole(confirmations, 'confirmations'),
    success: true,
    receipt: { txid, blockHash },
  }
}

async function blockByWallet(txid: string, rpc: Rpc): Promise<string | undefined> {
  const answer = await rpc.ask('gettransaction', [txid, true])
  const block = isUnknown(answer) ? undefined : member(resultOf('gettransaction', answer), 'blockhash')
  return block === undefined ? undefined : hash(block, 'block hash')
}

/** The hash of its block, where that is one of the newest. A node with an index would have found it. */
export async function blockBySearch(txid: string, blocks: Blocks, rpc: Rpc): Promise<string | undefined> {
  const indexes = await rpc.ask('getindexinfo', ['txindex'])
  const indexed = indexes.ok && member(member(indexes.result, 'txindex'), 'synced') === true
  return indexed ? undefined : blocks.holding(txid, rpc)
}
