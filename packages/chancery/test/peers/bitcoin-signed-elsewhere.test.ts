/** What Litecoin Core signs with a key of ours is read as what would be signed here: by a signer that we did not write. */
import { createBase58check } from '@scure/base'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHex, isHex, sha256 } from '../../src/base/bytes.ts'
import { isJsonObject, type Json } from '../../src/base/json.ts'
import { readSigned } from '../../src/chains/bitcoin/signed-transaction.ts'
import { secp256k1 } from '../../src/curves/secp256k1.ts'
import { chain, ecdsaKey, named, ownOf, parse, privateKeyOf, textOf } from '../chains/bitcoin/wallet.ts'
import { coins as amountOf, litecoindIsThere, litecoindMissing, startLitecoind, type Litecoind } from './litecoind.ts'

const regtest = named('LTC', 'regtest')
const alice = ecdsaKey('alice')
/** Wallet import format: the version of test networks, the key, and 1 for a compressed public key. */
const secret = createBase58check((data: Uint8Array) => sha256(data)).encode(
  Uint8Array.of(0xef, ...privateKeyOf('alice'), 1),
)

let litecoind: Litecoind

beforeAll(async () => {
  if (litecoindIsThere) litecoind = await startLitecoind()
})
afterAll(() => (litecoindIsThere ? litecoind.stop() : undefined))
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

const member = (value: unknown, name: string): Json | undefined =>
  isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

function bytes(hex: unknown): Uint8Array {
  const text = `0x${String(hex)}`
  if (!isHex(text)) throw new Error(`no hex: ${text}`)
  return fromHex(text)
}

/** A coin of each form, and the transaction that made it, whole. */
async function paid(form: string) {
  const { address, script } = ownOf(alice, form, regtest)
  const txid = await litecoind.pay(address, 50_000_000n)
  const hex = member(await litecoind.miner('gettransaction', txid), 'hex')
  const outputs = member(await litecoind.rpc('decoderawtransaction', hex ?? ''), 'vout')
  const wanted = Buffer.from(script).toString('hex')
  const vout = Array.isArray(outputs)
    ? outputs.findIndex((one) => member(member(one, 'scriptPubKey'), 'hex') === wanted)
    : -1
  return { txid, vout, previous: bytes(hex) }
}

test.each([[['p2wpkh']], [['p2pkh']], [['p2sh-p2wpkh']], [['p2pkh', 'p2wpkh', 'p2sh-p2wpkh', 'p2wpkh', 'p2pkh']]])(
  'coins of %j',
  async (forms) => {
    const coins = []
    for (const form of forms) coins.push(await paid(form))
    await litecoind.mine(1)
    const to = String(await litecoind.payee('getnewaddress'))
    const inputs = coins.map(({ txid, vout }) => ({ txid, vout }))
    const unsigned = await litecoind.rpc('createrawtransaction', inputs, {
      [to]: amountOf(49_000_000n * BigInt(forms.length)),
    })
    const whole = await litecoind.rpc('signrawtransactionwithkey', unsigned, [secret])
    expect(member(whole, 'complete')).toBe(true)

    const raw = bytes(member(whole, 'hex'))
    const read = readSigned(
      raw,
      coins.map(({ previous }) => previous),
    )
    const intent = parse({ psbt: textOf(read.value['psbt']), key: alice, network: regtest })
    const digests = chain.payloads(intent, 'key_test').map((payload) => payload.bytes)
    expect([digests.length, intent.fee]).toEqual([forms.length, 1_000_000n * BigInt(forms.length)])
    const algorithm = 'secp256k1-ecdsa'
    const right = digests.map((digest, i) => {
      const signature = { algorithm, bytes: read.signatures[i] ?? new Uint8Array() } as const
      return secp256k1.verify(signature, digest, alice)
    })
    expect(right).toEqual(forms.map(() => true))
    expect(await litecoind.rpc('sendrawtransaction', member(whole, 'hex'))).toMatch(/^[0-9a-f]{64}$/)
  },
)
