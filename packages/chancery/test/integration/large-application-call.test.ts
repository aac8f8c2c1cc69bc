/** AWS KMS signs at most 4,096 bytes, and says so to whoever asks it; a larger message must not come that far. */
import { makeApplicationCallTxnFromObject, OnApplicationComplete, type Transaction } from 'algosdk'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ChanceryError, type Client } from '../../../client/src/index.ts'
import { params } from '../chains/algorand/signing.ts'
import { network, openAlgorand, type AlgorandService, type KnownKey } from './algorand-service.ts'

let house: AlgorandService
let app: Client
const rules = { calls: [{ contract: '*', selector: 'create' }], fees: { [network]: '1000' } }

beforeAll(async () => {
  house = await openAlgorand()
  const { native, ssm } = house
  for (const { key } of [native, ssm]) await house.allow(key, rules)
  app = await house.newClient(native.key, ssm.key)
}, 60_000)

beforeEach(() => house.emulator.clearCalls())

afterAll(() => house.end())

/** One that makes an application, its message as many bytes long as is wanted. */
function creation({ address }: KnownKey, length: number): Transaction {
  const sized = (programLength: number) =>
    makeApplicationCallTxnFromObject({
      sender: address,
      appIndex: 0n,
      onComplete: OnApplicationComplete.NoOpOC,
      approvalProgram: new Uint8Array(programLength).fill(1),
      clearProgram: Uint8Array.of(1),
      extraPages: 3,
      suggestedParams: params,
    })
  const first = sized(3_000)
  const wanted = sized(3_000 + length - first.bytesToSign().length)
  expect(wanted.bytesToSign().length).toBe(length)
  return wanted
}

const asked = (transaction: Transaction) => ({
  network,
  transactions: [{ txn: Buffer.from(transaction.toByte()).toString('base64') }],
})

async function signedBy({ key }: KnownKey, transaction: Transaction): Promise<unknown> {
  return (await app.sign(key.id, asked(transaction))).result['transactions']
}

const byAlgosdk = ({ sk }: KnownKey, transaction: Transaction) => [
  Buffer.from(transaction.signTxn(sk)).toString('base64'),
]

/** What the register has, oldest first, once a refusal that waits for a commit has found one. */
async function recorded(): Promise<readonly string[]> {
  await house.allow(house.ssm.key, rules)
  const { entries } = await house.service.operator.register.tail({ limit: 500 })
  return entries.map(({ body }) => body).toReversed()
}

const calls = () => house.emulator.calls.map(({ operation }) => operation)

test.each([4_097, 8_192])(
  '%i bytes are refused by the native back-end before anything is claimed or asked',
  async (length) => {
    const before = await recorded()
    const transaction = creation(house.native, length)
    const refusal = await app.sign(house.native.key.id, asked(transaction)).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ChanceryError)
    expect(refusal).toMatchObject({ code: 'message-too-large', got: `${length} bytes`, wanted: 'at most 4096 bytes' })
    expect(calls()).toEqual([])
    const added = (await recorded()).slice(before.length)
    expect(added.filter((body) => body.includes(house.native.key.id))).toEqual([
      expect.stringMatching(/(?=.*"code":"message-too-large")(?=.*"kind":"refused")/),
    ])
  },
)

test('4,096 bytes are signed by it, to the byte as algosdk does', async () => {
  const transaction = creation(house.native, 4_096)
  expect(await signedBy(house.native, transaction)).toEqual(byAlgosdk(house.native, transaction))
  expect(calls()).toEqual(['Sign'])
})

test.each([4_096, 4_097, 8_192])('%i bytes are signed by aws-ssm, to the byte as algosdk does', async (length) => {
  const transaction = creation(house.ssm, length)
  expect(await signedBy(house.ssm, transaction)).toEqual(byAlgosdk(house.ssm, transaction))
  expect(calls()).toEqual(['GetParameter'])
})
