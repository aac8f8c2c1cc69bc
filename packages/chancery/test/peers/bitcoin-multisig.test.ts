/**
 * A script that a KMS, a data key and a branch of a seed share: signed by any two of them one after the other, and mined by
 * Litecoin Core.
 */
import { Transaction } from '@scure/btc-signer/transaction.js'
import { p2ms, p2wsh } from '@scure/btc-signer/payment.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHex, toHex, type Hex } from '../../src/base/bytes.ts'
import { canKeepTrees } from '../../src/core/backend.ts'
import { refOf } from '../../src/core/key.ts'
import type { KeyId } from '../../src/core/names.ts'
import type { ChildKey } from '../../src/core/own-scripts.ts'
import { noRules } from '../../src/core/rules.ts'
import { childPublicKey, hardened } from '../../src/curves/bip32.ts'
import { soon } from '../contract/coin-node.ts'
import { client } from '../integration/house.ts'
import { asset, network, openCoinService, regtest, type CoinService } from './coin-service.ts'
import { litecoindIsThere, litecoindMissing } from './litecoind.ts'

const { bech32 = '', pubKeyHash, scriptHash } = regtest
const on = { bech32, pubKeyHash, scriptHash, wif: 0 }

let at: CoinService

beforeAll(async () => {
  if (litecoindIsThere) at = await openCoinService()
})
afterAll(() => (litecoindIsThere ? at.close() : undefined))
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

interface Member {
  readonly key: KeyId
  readonly publicKey: Hex
  /** Of a tree: which of its keys it is. */
  readonly child?: ChildKey
}

async function keyIn(backend: string): Promise<Member> {
  const request = { backend, family: 'bitcoin', kind: 'decoded', network } as const
  const { id, publicKey } = await at.house.keyring.create(request, at.house.operator())
  return { key: id, publicKey }
}

/** BIP-48: a branch for scripts that several share. */
const account = [48, 1, 0, 2].map((index) => index + hardened)

async function branch(): Promise<Member> {
  const request = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', tree: 'bip32', network } as const
  const key = await at.house.keyring.create(request, at.house.operator())
  const keeper = at.house.backends.find(({ name }) => name === 'sealed')
  if (keeper === undefined || !canKeepTrees(keeper)) throw new Error('no tree')
  const extended = await keeper.extendedPublicKey(refOf(key), account, soon())
  const own = childPublicKey(extended, [0, 0], 'secp256k1-ecdsa')
  return { key: key.id, publicKey: toHex(own.bytes), child: { path: [...account, 0, 0], publicKey: own } }
}

async function letPay(keys: readonly KeyId[], to: string): Promise<void> {
  const limits = { maximums: { [asset]: '100000000' }, fees: { [network]: '100000' } }
  const rules = {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [to],
    ...limits,
  } as const
  for (const key of keys) await at.house.keyring.putRules(key, rules, 0, at.house.operator())
}

const makers: Readonly<Record<string, () => Promise<Member>>> = {
  'aws-kms': () => keyIn('aws-kms'),
  'aws-data-key': () => keyIn('aws-data-key'),
  'a branch of a seed': branch,
}

test.each([
  ['aws-kms', 'aws-data-key'],
  ['a branch of a seed', 'aws-kms'],
  ['aws-data-key', 'a branch of a seed'],
])('%s and %s, of three, spend what all three share', async (one, other) => {
  const members = new Map<string, Member>()
  for (const [name, make] of Object.entries(makers)) members.set(name, await make())
  const to = String(await at.litecoind.payee('getnewaddress'))
  await letPay(
    Array.from(members.values(), ({ key }) => key),
    to,
  )
  const app = await client(
    at.house,
    [{ operations: ['sign:transaction'], keys: '*', networks: '*' }],
    `${one} ${other}`,
  )
  const publicKeys = Array.from(members.values(), ({ publicKey }) => publicKey).toSorted()

  const sign = async (name: string, psbt: unknown) => {
    const { key, child } = members.get(name) ?? { key: 'key_none' as KeyId, child: undefined }
    const multisig = { threshold: 2, publicKeys }
    // What a request may not say of a wallet its record would.
    const own = child && { children: [child], multisig: { threshold: 2, publicKeys: publicKeys.map(fromHex) } }
    const value = own === undefined ? { psbt, multisig } : { psbt }
    const request = { key, operation: 'sign:transaction', network, value, ...(own && { own }) } as const
    return (await at.house.signing.sign(request, at.house.as(app))).signed
  }

  const partly = await sign(one, await sharedSpend(publicKeys, to))
  expect(partly.result).toMatchObject({ complete: false })
  const whole = await sign(other, partly.result['psbt'])
  expect(whole.result).toMatchObject({ complete: true })
  await expect(at.node.send(whole.raw ?? new Uint8Array(), soon())).resolves.toEqual({ accepted: true })
  await at.litecoind.mine(1)
  expect(String(await at.litecoind.payee('getreceivedbyaddress', to))).toBe('0.4999')
})

/** A PSBT that spends what was paid to two of these keys. */
async function sharedSpend(publicKeys: readonly Hex[], to: string): Promise<Hex> {
  const { address, witnessScript } = p2wsh(p2ms(2, publicKeys.map(fromHex)), on)
  await at.litecoind.pay(address, 50_000_000n)
  await at.litecoind.mine(1)
  const [coin] = await at.node.coins([address], soon())
  const raw = coin && (await at.node.transaction(coin.txid, soon()))
  if (coin === undefined || raw === undefined) throw new Error('no coin')
  const made = new Transaction()
  made.addInput({ txid: coin.txid, index: coin.index, nonWitnessUtxo: raw, ...(witnessScript && { witnessScript }) })
  made.addOutputAddress(to, 49_990_000n, on)
  return toHex(made.toPSBT(0))
}
