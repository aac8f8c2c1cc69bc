/** Coins found by a watch-only wallet inside the node: addresses are imported once, then the node keeps count of them. */
import type { Json } from '../../base/json.ts'
import { Failed } from '../../core/errors.ts'
import type { FoundCoin } from '../../core/node.ts'
import { Busy, cleaned } from '../../endpoints/http.ts'
import { resultOf, rpcCodes, type Answer, type Rpc } from './rpc.ts'
import { longest } from './scan.ts'
import { list, member, outPoint, whole, type Wire } from './wire.ts'

/**
 * Coins of these addresses, those of transactions without a block included. Addresses that are new to the wallet are
 * imported, and the node looks through its blocks from `since` on for them: a call that did not wait for its end finds the
 * wallet busy, and the next one all coins.
 */
export async function walletCoins(
  addresses: readonly string[],
  since: number,
  rpc: Rpc,
): Promise<readonly FoundCoin[]> {
  const wallet = await rpc.call('getwalletinfo', [])
  if ((member(wallet, 'scanning') ?? false) !== false) throw new Busy('its wallet is still looking through blocks')
  const missing = await notWatched(addresses, rpc)
  if (missing.length > 0) await importInto(wallet, missing, since, rpc)
  const coins = list(await rpc.call('listunspent', [0, 9_999_999, addresses]), 'list of coins')
  const asked = new Set(addresses)
  return coins.flatMap((one) => coinIn(one, asked))
}

function coinIn(value: Wire, asked: ReadonlySet<string>): readonly FoundCoin[] {
  const address = member(value, 'address')
  if (typeof address !== 'string' || !asked.has(address)) return []
  const confirmations = Number(whole(member(value, 'confirmations'), 'confirmations'))
  return [{ ...outPoint(value), address, confirmations }]
}

async function notWatched(addresses: readonly string[], rpc: Rpc): Promise<readonly string[]> {
  const params = addresses.map((address) => [address])
  const answers = await rpc.askEach('getaddressinfo', params)
  // Dogecoin Core tells it by the older name.
  if (answers.every(isUnknownMethod)) return unknownIn(addresses, await rpc.askEach('validateaddress', params))
  return unknownIn(addresses, answers)
}

function isUnknownMethod(answer: Answer): boolean {
  return !answer.ok && answer.code === rpcCodes.methodNotFound
}

function unknownIn(addresses: readonly string[], answers: readonly Answer[]): readonly string[] {
  return addresses.filter((_, i) => {
    const info = answers[i] && resultOf('getaddressinfo', answers[i])
    return member(info, 'ismine') !== true && member(info, 'iswatchonly') !== true
  })
}

async function importInto(wallet: Wire, addresses: readonly string[], since: number, rpc: Rpc): Promise<void> {
  const descriptors = member(wallet, 'descriptors') === true
  const results = descriptors
    ? await rpc.call('importdescriptors', [await described(addresses, since, rpc)], longest)
    : await rpc.call('importmulti', [addresses.map((address) => watched(address, since))], longest)
  const refused = list(results, 'list of imports').find((one) => member(one, 'success') !== true)
  if (refused === undefined) return
  const message = member(member(refused, 'error'), 'message')
  throw new Failed('node-refused', "The node's wallet takes no address to watch", {
    particulars: {
      got: cleaned(typeof message === 'string' ? message : 'no reason'),
      wanted: 'a wallet made with disable_private_keys=true',
    },
  })
}

function watched(address: string, timestamp: number): Json {
  return { scriptPubKey: { address }, timestamp, watchonly: true }
}

/** With the checksum that descriptors have to have there. */
async function described(addresses: readonly string[], timestamp: number, rpc: Rpc): Promise<Json> {
  const answers = await rpc.askEach(
    'getdescriptorinfo',
    addresses.map((address) => [`addr(${address})`]),
  )
  return answers.map((answer, i) => {
    const desc = member(resultOf('getdescriptorinfo', answer), 'descriptor')
    if (typeof desc === 'string' && desc.startsWith(`addr(${addresses[i]})#`)) return { desc, timestamp }
    throw new Failed('node-refused', 'The node does not describe the address it was asked about')
  })
}
