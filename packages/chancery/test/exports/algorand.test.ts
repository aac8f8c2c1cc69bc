/** The signer for algosdk inside the service's own process, through the public entry points alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assignGroupID,
  AtomicTransactionComposer,
  generateAccount,
  makeBasicAccountTransactionSigner,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Transaction,
  type TransactionSigner,
  verifyBytes,
} from 'algosdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { algorandSigner, type AlgorandSigner } from '../../src/exports/algorand.ts'
import {
  deadlineIn,
  loadConfig,
  noRules,
  operatorPrincipal,
  startService,
  systemClock,
  type Call,
  type Principal,
  type Service,
} from '../../src/exports/index.ts'

const network = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
const coin = `${network}/slip44:283`
const local = generateAccount()
const user = generateAccount()
let folder: string
let service: Service
let signer: AlgorandSigner

const as = (principal: Principal): Call => ({ principal, deadline: deadlineIn(10_000, systemClock) })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-algorand-'))
  const flags = { port: '0', networks: `[{"id":"${network}"},{"id":"eip155:31337"}]` }
  service = await startService(loadConfig({ flags, env: { HOME: folder }, cwd: folder }), {
    version: '1.2.3',
    clock: systemClock,
    log: { info: () => {}, error: () => {} },
    show: () => {},
    ask: () => Promise.reject(new Error('nobody is asked')),
    onFatal: () => {},
  })
  const { keyring } = service.services
  const secret = { format: 'hex', hex: `0x${Buffer.from(local.sk.subarray(0, 32)).toString('hex')}` } as const
  const wanted = { backend: 'sealed', family: 'algorand', kind: 'decoded', alias: 'sponsor', secret } as const
  const { id } = await keyring.import(wanted, as(operatorPrincipal))
  const rules = {
    ...noRules,
    operations: ['sign:transaction', 'sign:message'],
    networks: [network],
    recipients: [user.addr.toString()],
    maximums: { [coin]: '1000' },
    fees: { [network]: '100000' },
  } as const
  await keyring.putRules(id, rules, 0, as(operatorPrincipal))
  signer = await algorandSigner(service.services, { key: 'sponsor', network })
})

afterAll(async () => {
  await service.stop()
  rmSync(folder, { recursive: true, force: true })
})

function payment(amount: number, sender = local.addr): Transaction {
  const suggestedParams = {
    fee: 1000n,
    minFee: 1000n,
    flatFee: true,
    firstValid: 1000n,
    lastValid: 2000n,
    genesisID: 'testnet-v1.0',
    genesisHash: Buffer.from('SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=', 'base64'),
  }
  return makePaymentTxnWithSuggestedParamsFromObject({ sender, receiver: user.addr, amount, suggestedParams })
}

const payments = (count: number) => Array.from({ length: count }, (_, amount) => payment(amount))
const signedLocally = (transactions: readonly Transaction[]) => transactions.map((one) => one.signTxn(local.sk))

test('the address is the one of the key', () => {
  expect(signer.address).toBe(local.addr.toString())
})

describe('the same bytes as algosdk with the key itself', () => {
  test('A-07: one transaction', async () => {
    expect(await signer.signTransaction(payment(5))).toEqual(payment(5).signTxn(local.sk))
  })

  test('A-08: a batch with groups in it, in its order', async () => {
    const [first, second] = [assignGroupID(payments(12)), assignGroupID(payments(9))]
    const mixed = [...first.slice(0, 6), ...payments(17), ...second, ...first.slice(6)]
    expect(await signer.signTransactions(mixed)).toEqual(signedLocally(mixed))
  })

  test('a group of the composer, with somebody else in it', async () => {
    const composer = new AtomicTransactionComposer()
    // The type is part of the promise: algosdk takes it wherever it takes a signer.
    const by: TransactionSigner = signer.signer
    composer.addTransaction({ txn: payment(1, user.addr), signer: makeBasicAccountTransactionSigner(user) })
    composer.addTransaction({ txn: payment(2), signer: by })
    const signed = await composer.gatherSignatures()
    const [theirs, ours] = composer.buildGroup().map(({ txn }) => txn)
    expect(signed).toEqual([theirs?.signTxn(user.sk), ours?.signTxn(local.sk)])
  })

  test('a message', async () => {
    const bytes = Uint8Array.of(0, 255)
    expect(verifyBytes(bytes, await signer.signBytes(bytes), local.addr)).toBe(true)
  })
})

describe('what is refused', () => {
  test('by the rules of the key', async () => {
    await expect(signer.signTransaction(payment(1001))).rejects.toMatchObject({ name: 'Refused', code: 'denied' })
  })

  test('on another network', async () => {
    const elsewhere = await algorandSigner(service.services, { key: 'sponsor', network: 'algorand:none' })
    await expect(elsewhere.signTransaction(payment(1))).rejects.toMatchObject({ name: 'Refused' })
  })

  test('a part of a group', async () => {
    const [first = payment(1)] = assignGroupID(payments(2))
    await expect(signer.signTransaction(first)).rejects.toMatchObject({ code: 'invalid-payload' })
  })

  test('to a principal without a grant', async () => {
    const asked = algorandSigner(service.services, { key: 'sponsor', network, principal: operatorPrincipal })
    await expect((await asked).signTransaction(payment(1))).rejects.toMatchObject({ code: 'denied' })
    const nobody: Principal = { client: 'cli_nobody', name: 'nobody', grants: [], scheme: 'built-in' }
    const unknown = algorandSigner(service.services, { key: 'sponsor', network, principal: nobody })
    await expect(unknown).rejects.toMatchObject({ code: 'key-not-found' })
  })

  test('a place without a transaction', async () => {
    await expect(signer.signer([], [0])).rejects.toThrow(RangeError)
  })

  test('a key of another chain', async () => {
    const wanted = { backend: 'sealed', family: 'evm', kind: 'decoded', alias: 'hot' } as const
    await service.services.keyring.create(wanted, as(operatorPrincipal))
    await expect(algorandSigner(service.services, { key: 'hot', network })).rejects.toMatchObject({
      code: 'invalid-request',
      particulars: { where: 'key', got: 'evm' },
    })
  })
})

test('the register names the process, and holds together', async () => {
  await signer.signTransaction(payment(7))
  const { entries } = await service.services.register.tail({ limit: 50 }, as(operatorPrincipal))
  expect(JSON.stringify(entries.map(({ body }) => body))).toContain('cli_in-process')
  expect(await service.services.register.verify(as(operatorPrincipal))).toMatchObject({ findings: [] })
})
