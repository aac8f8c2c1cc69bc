/** A signer of the old kind on a chain of coins: it holds the wallet's KMS key too, and pays with the coins its node lists. */
import type { RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import { fromHex, type Hex } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { readTransaction, txidText } from '../../../src/chains/bitcoin/transaction.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Chain } from '../../../src/core/chain.ts'
import type { Coin } from '../../../src/core/coins.ts'
import { Failed } from '../../../src/core/errors.ts'
import type { Network } from '../../../src/core/names.ts'
import type { CoinLedger } from '../../relay/coin-ledger.ts'
import { openKmsSigner } from './kms-signer.ts'
import { payerWith, type Payer } from './payer.ts'

export interface OldCoinSigner extends Payer {
  readonly address: string
  /** What asks for a payment of these amounts, of coins in blocks. */
  build(to: string, ...amounts: readonly bigint[]): Promise<JsonObject>
  /** Sent nowhere. */
  sign(value: JsonObject): Promise<Hex>
  /** All that it sent. */
  readonly sent: readonly Hex[]
  close(): void
}

export interface OldCoins {
  readonly emulator: RunningEmulator
  readonly ledger: CoinLedger
  readonly chain: Chain
  readonly network: Network
  /** Base units for 1,000 virtual bytes. */
  readonly feeRate: bigint
  /** The first is the network's own choice. */
  readonly form?: string
}

const soon = () => deadlineIn(30_000, systemClock)

export async function startOldCoinSigner(world: OldCoins, keyArn: string): Promise<OldCoinSigner> {
  const { emulator, ledger, chain, network, feeRate, form } = world
  const { kms, publicKey, sign } = await openKmsSigner(emulator, keyArn, chain, network)
  const address = chain.address(publicKey, network, form)
  const sent: Hex[] = []
  const build = async (to: string, ...amounts: readonly bigint[]): Promise<JsonObject> => {
    const payments = amounts.map((amount) => ({ address: to, amount }))
    const coins = await coinsAt(ledger, address)
    const order = { network, spender: { publicKey, change: address }, coins, payments, feeRate, maxFee: 100_000_000n }
    return chain.coins?.spend(order).value ?? {}
  }
  const payNow = async (to: string, amount: bigint): Promise<Hex> => {
    const raw = await sign(await build(to, amount))
    sent.push(raw)
    const txid = txidText(readTransaction(fromHex(raw), 'raw').txid)
    await handOver(ledger, raw, txid)
    while (!ledger.mined().includes(txid)) await new Promise(setImmediate)
    return `0x${txid}`
  }
  return { address, build, sign, sent, ...payerWith(payNow), close: () => kms.destroy() }
}

async function coinsAt({ node }: CoinLedger, address: string): Promise<readonly Coin[]> {
  const found = await node.coins([address], soon())
  const deep = found.filter(({ confirmations }) => confirmations > 0)
  return Promise.all(
    deep.map(async (coin) => ({
      ...coin,
      transaction: (await node.transaction(coin.txid, soon())) ?? new Uint8Array(),
    })),
  )
}

/** Until an answer comes. @throws Error when the node does not take it: somebody else has spent its coins */
async function handOver({ node, mined }: CoinLedger, raw: Hex, txid: string): Promise<void> {
  // One that was taken without an answer may be in a block by now.
  while (!mined().includes(txid)) {
    const answer = await node.send(fromHex(raw), soon()).catch((error: unknown) => {
      if (error instanceof Failed) return undefined
      throw error
    })
    if (answer?.accepted === false) throw new Error(`the old signer's payment was not taken: ${answer.words}`)
    if (answer !== undefined) return
    await new Promise(setImmediate)
  }
}
