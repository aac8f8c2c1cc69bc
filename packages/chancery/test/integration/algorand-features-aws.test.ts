/** The signed transactions every SDK must make (algorand-sdk-testing), made through the service by keys in Parameter Store. */
import {
  decodeSignedTransaction,
  encodeUnsignedTransaction,
  mnemonicToSecretKey,
  type SignedTransaction,
} from 'algosdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Key } from '../../../client/src/index.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import type { Network } from '../../src/core/names.ts'
import { readFeature } from '../chains/algorand/features.ts'
import { base64, bytesOf } from '../chains/algorand/signing.ts'
import { vectorsMissing } from '../vectors/vectors.ts'
import { rulesFor } from './algorand-groups.ts'
import { openAlgorand, type AlgorandService } from './algorand-service.ts'

/** From the Background of transactions.feature: the accounts of these files are public. */
const mnemonic =
  'awful drop leaf tennis indoor begin mandate discover uncle seven only coil atom any hospital uncover make any climb ' +
  'actor armed measure need above hundred'

interface Golden {
  readonly words: string
  readonly text: string
  readonly signed: SignedTransaction
  readonly network: Network
}

const isMissing = vectorsMissing('algorand')
const goldens: readonly Golden[] = isMissing ? [] : ['offline.feature', 'transactions.feature'].flatMap(goldensOf)

/** Those one key signs: of the multisig ones the other signatures are made by nobody here. */
function goldensOf(file: string): readonly Golden[] {
  const rows = readFeature(file).flatMap((scenario) => scenario.rows)
  return rows.flatMap(({ golden: text = '', mn: words = mnemonic }) => {
    if (!/^[A-Za-z0-9+/]{100,}={0,2}$/.test(text)) return []
    const signed = decodeSignedTransaction(bytesOf(text))
    return signed.sig ? [{ words, text, signed, network: networkOf(signed) }] : []
  })
}

function networkOf({ txn }: SignedTransaction): Network {
  return `algorand:${Buffer.from(txn.genesisHash ?? [])
    .toString('base64url')
    .slice(0, 32)}`
}

describe.skipIf(isMissing)('the goldens of algorand-sdk-testing, signed in AWS', () => {
  let house: AlgorandService
  const keys = new Map<string, Key>()

  beforeAll(async () => {
    house = await openAlgorand([...new Set(goldens.map(({ network }) => network))])
    for (const { words, network } of goldens) if (!keys.has(words)) keys.set(words, await imported(words, network))
  }, 60_000)

  afterAll(() => house.end())

  function imported(words: string, network: Network): Promise<Key> {
    const name = `vectors-${keys.size}-sponsor`
    const secret = { format: 'words', words } as const
    const expectAddress = mnemonicToSecretKey(words).addr.toString()
    const place = { project: 'vectors', name }
    const what = { backend: 'aws-ssm', family: 'algorand', kind: 'decoded', alias: name, network, place } as const
    return house.service.operator.keys.import({ ...what, secret, expectAddress })
  }

  test('are as many as are signed by one key', () => {
    expect(goldens.length).toBe(34)
  })

  test.each(goldens.map((golden, i) => [i + 1, golden] as const))('%i', async (_, { words, text, signed, network }) => {
    const key = keys.get(words)
    if (key === undefined) throw new Error('no key of these words')
    const transactions = [{ txn: base64(encodeUnsignedTransaction(signed.txn)) }]
    const publicKey = { algorithm: 'ed25519', bytes: fromHex(key.publicKey) } as const
    const chain = createAlgorand({ networks: [{ network }] })
    const intent = chain.parse({ operation: 'sign:transaction', network, value: transactions, publicKey })
    await house.allow(key, { ...rulesFor(chain.facts(intent, publicKey)), networks: [network] })
    const app = await house.newClient(key)
    expect((await app.sign(key.id, { network, transactions })).result['transactions']).toEqual([text])
  })
})
