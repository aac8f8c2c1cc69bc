/** A script that a KMS, a data key and a sealed key share: signed by two of them one after the other, and mined by Litecoin Core. */
import { Transaction } from '@scure/btc-signer/transaction.js'
import { p2ms, p2wsh } from '@scure/btc-signer/payment.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { CoinNode } from '../../src/core/node.ts'
import { noRules } from '../../src/core/rules.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { createBitcoinNode } from '../../src/nodes/bitcoin/node.ts'
import { networkNamed } from '../chains/bitcoin/coins/orders.ts'
import { soon } from '../contract/coin-node.ts'
import { client, openHouse, removeFolder, type TestHouse } from '../integration/house.ts'
import { installation } from '../keys/aws/emulator.ts'
import { startDataKey } from '../keys/aws/local.ts'
import { litecoindIsThere, litecoindMissing, startLitecoind, type Litecoind } from './litecoind.ts'

const regtest = networkNamed('LTC', 'regtest')
const { network, bech32 = '', pubKeyHash, scriptHash } = regtest
const asset = `${network}/slip44:1` as const

let litecoind: Litecoind
let node: CoinNode
let aws: Awaited<ReturnType<typeof startDataKey>>
let kms: Awaited<ReturnType<typeof createAwsKms>>
let house: TestHouse
let app: Principal

beforeAll(async () => {
  if (!litecoindIsThere) return
  litecoind = await startLitecoind()
  node = createBitcoinNode({ network, urls: [litecoind.url] })
  aws = await startDataKey()
  const { url: endpoint, region } = aws.emulator
  kms = await createAwsKms({ region, endpoint, installation, clock: systemClock })
  house = await openHouse({ chains: [createBitcoin({ networks: [{ network }] })], extraBackends: [kms, aws.backend] })
  app = await client(house, [{ operations: ['sign:transaction'], keys: '*', networks: '*' }])
})
afterAll(async () => {
  if (!litecoindIsThere) return
  await house.close()
  await removeFolder(house)
  await kms.close()
  await aws.close()
  node.close()
  await litecoind.stop()
})
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

async function keyIn(backend: string, recipients: readonly string[]): Promise<KeyRecord> {
  const key = await house.keyring.create({ backend, family: 'bitcoin', kind: 'decoded', network }, house.operator())
  const limits = { maximums: { [asset]: '100000000' }, fees: { [network]: '100000' } }
  const rules = { ...noRules, operations: ['sign:transaction'], networks: [network], recipients, ...limits } as const
  await house.keyring.putRules(key.id, rules, 0, house.operator())
  return key
}

const sign = async (key: KeyRecord, value: object) => {
  const call = { principal: app, deadline: deadlineIn(20_000, systemClock) }
  const { signed } = await house.signing.sign({ key: key.id, operation: 'sign:transaction', network, value }, call)
  return signed
}

test('two of three, kept in three back-ends, spend what all three share', async () => {
  const to = String(await litecoind.payee('getnewaddress'))
  const keys = [await keyIn('aws-kms', [to]), await keyIn('aws-data-key', [to]), await keyIn('sealed', [to])]
  const publicKeys = keys.map(({ publicKey }) => publicKey).toSorted()
  const multisig = { threshold: 2, publicKeys }
  const shared = p2wsh(p2ms(2, publicKeys.map(fromHex)), { bech32, pubKeyHash, scriptHash, wif: 0 })
  await litecoind.pay(shared.address ?? '', 50_000_000n)
  await litecoind.mine(1)
  const [coin] = await node.coins([shared.address ?? ''], soon())
  const raw = coin && (await node.transaction(coin.txid, soon()))
  if (coin === undefined || raw === undefined) throw new Error('no coin')
  const made = new Transaction()
  const { witnessScript } = shared
  made.addInput({ txid: coin.txid, index: coin.index, nonWitnessUtxo: raw, ...(witnessScript && { witnessScript }) })
  made.addOutputAddress(to, 49_990_000n, { bech32, pubKeyHash, scriptHash, wif: 0 })
  const psbt = toHex(made.toPSBT(0))
  const [first, second] = keys
  if (first === undefined || second === undefined) throw new Error('no keys')
  const partly = await sign(first, { psbt, multisig })
  expect(partly.result).toMatchObject({ complete: false })
  const whole = await sign(second, { psbt: partly.result['psbt'], multisig })
  expect(whole.result).toMatchObject({ complete: true })
  const sent = await node.send(whole.raw ?? new Uint8Array(), soon())
  expect(sent).toEqual({ accepted: true })
  await litecoind.mine(1)
  expect(String(await litecoind.payee('getreceivedbyaddress', to))).toBe('0.4999')
})
