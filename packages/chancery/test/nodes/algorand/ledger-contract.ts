/** What every ledger behind the test server does with groups that algosdk made and signed, and what it does not take. */
import {
  generateAccount,
  makeAssetTransferTxnWithSuggestedParamsFromObject,
  makeKeyRegistrationTxnWithSuggestedParamsFromObject,
  mergeMultisigTransactions,
  multisigAddress,
  signMultisigTransaction,
  type Account,
  type MultisigMetadata,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import type { Ledger } from './algod/ledger.ts'
import type { LedgerNode, Sent } from '../../../src/core/node.ts'
import { call, funded, grouped, nodeAt, payment, rekeyGroup, serving, soon, suggested } from './fixture.ts'

interface Scene {
  readonly ledger: Ledger
  readonly node: LedgerNode
  readonly alice: Account
  readonly bob: Account
  balance(account: Account): Promise<bigint>
}

async function scene(make: () => Ledger): Promise<Scene> {
  const algod = await serving({ ledger: make() })
  const { ledger } = algod.chain
  const node = nodeAt(algod.url)
  const balance = async ({ addr }: Account) => (await node.account(addr.toString(), soon())).balance
  return { ledger, node, alice: funded(ledger), bob: funded(ledger), balance }
}

const accepted = { accepted: true }

/** Why a group was not accepted. @throws Error when it was */
async function refusal(sending: Promise<Sent>): Promise<string> {
  const { accepted: taken, words = '' } = await sending
  if (taken) throw new Error('it was accepted')
  return words
}

export function ledgerContract(make: () => Ledger): void {
  describe('what it takes', () => {
    test('a payment', async () => {
      const { node, alice, bob, balance } = await scene(make)
      const transaction = payment(await suggested(node), { from: alice.addr, to: bob.addr, amount: 5n })
      await expect(node.broadcast([transaction.signTxn(alice.sk)], soon())).resolves.toEqual(accepted)
      expect(await balance(alice)).toBe(9_998_995n)
      expect(await balance(bob)).toBe(10_000_005n)
      await expect(node.settled(transaction.txID(), transaction.lastValid, soon())).resolves.toHaveProperty('round')
    })

    test('a group that hands an account over and proves the new key, and one that takes it back', async () => {
      const { node, alice, balance } = await scene(make)
      const next = generateAccount()
      const over = rekeyGroup(await suggested(node), alice, alice, next)
      await expect(node.broadcast(over, soon())).resolves.toEqual(accepted)
      const { authority } = await node.account(alice.addr.toString(), soon())
      expect(authority).toBe(next.addr.toString())
      const back = rekeyGroup(await suggested(node, 1_001n), alice, next, alice)
      await expect(node.broadcast(back, soon())).resolves.toEqual(accepted)
      await expect(node.account(alice.addr.toString(), soon())).resolves.not.toHaveProperty('authority')
      expect(await balance(alice)).toBe(9_995_998n)
    })

    test('a group whose fees one account pays', async () => {
      const { node, alice, bob, balance } = await scene(make)
      const [fee, free] = grouped(
        payment(await suggested(node, 2_000n), { from: alice.addr }),
        payment(await suggested(node, 0n), { from: bob.addr, to: alice.addr, amount: 1n }),
      )
      await expect(node.broadcast(signed([fee, alice], [free, bob]), soon())).resolves.toEqual(accepted)
      expect(await balance(alice)).toBe(9_998_001n)
      expect(await balance(bob)).toBe(9_999_999n)
    })

    test('an asset that is opted into and transferred', async () => {
      const { ledger, node, alice, bob } = await scene(make)
      const asset = ledger.makeAsset(alice.addr.toString(), 100n)
      const params = await suggested(node)
      const move = (from: Account, to: Account, amount: bigint) =>
        makeAssetTransferTxnWithSuggestedParamsFromObject({
          sender: from.addr,
          receiver: to.addr,
          amount,
          assetIndex: asset,
          suggestedParams: params,
        })
      expect(await refusal(node.broadcast([move(alice, bob, 7n).signTxn(alice.sk)], soon()))).toMatch(/./)
      const [optIn, transfer] = grouped(move(bob, bob, 0n), move(alice, bob, 7n))
      await expect(node.broadcast(signed([optIn, bob], [transfer, alice]), soon())).resolves.toEqual(accepted)
      expect(ledger.holding(bob.addr.toString(), asset)).toBe(7n)
      await expect(node.account(bob.addr.toString(), soon())).resolves.toMatchObject({ minimum: 200_000n, assets: 1n })
    })

    test('a call of an application', async () => {
      const { ledger, node, alice, bob } = await scene(make)
      const application = ledger.makeApplication(alice.addr.toString(), 0)
      const transaction = call(await suggested(node), bob.addr, application)
      await expect(node.broadcast([transaction.signTxn(bob.sk)], soon())).resolves.toEqual(accepted)
    })

    test('what two of three signed', async () => {
      const { ledger, node } = await scene(make)
      const signers = [generateAccount(), generateAccount(), generateAccount()]
      const [first, second] = signers
      if (first === undefined || second === undefined) throw new Error('three have two')
      const metadata: MultisigMetadata = { version: 1, threshold: 2, addrs: signers.map(({ addr }) => addr) }
      const shared = multisigAddress(metadata)
      ledger.fund(shared.toString(), 1_000_000n)
      const transaction = payment(await suggested(node), { from: shared })
      const one = signMultisigTransaction(transaction, metadata, first.sk).blob
      const both = mergeMultisigTransactions([one, signMultisigTransaction(transaction, metadata, second.sk).blob])
      expect(await refusal(node.broadcast([one], soon()))).toMatch(/Threshold not met/)
      await expect(node.broadcast([both], soon())).resolves.toEqual(accepted)
    })
  })

  describe('what it refuses, whole and without a trace', () => {
    test('the old key of an account that was handed over', async () => {
      const { node, alice, balance } = await scene(make)
      await node.broadcast(rekeyGroup(await suggested(node), alice, alice, generateAccount()), soon())
      const late = payment(await suggested(node, 1_001n), { from: alice.addr })
      expect(await refusal(node.broadcast([late.signTxn(alice.sk)], soon()))).toMatch(/./)
      expect(await balance(alice)).toBe(9_998_000n)
    })

    test('a hand-over whose proof another key signed', async () => {
      const { node, alice } = await scene(make)
      const [next, other] = [generateAccount(), generateAccount()]
      const params = await suggested(node)
      const [over, proof] = grouped(
        payment(params, { from: alice.addr, rekeyTo: next.addr }),
        payment(params, { from: alice.addr }),
      )
      expect(await refusal(node.broadcast(signed([over, alice], [proof, other]), soon()))).toMatch(/./)
      await expect(node.account(alice.addr.toString(), soon())).resolves.not.toHaveProperty('authority')
    })

    test('a signature that is wrong in one bit', async () => {
      const { node, alice } = await scene(make)
      const bytes = payment(await suggested(node), { from: alice.addr }).signTxn(alice.sk)
      const at = Buffer.from(bytes).indexOf('sig') + 5
      bytes[at] = (bytes[at] ?? 0) ^ 1
      expect(await refusal(node.broadcast([bytes], soon()))).toMatch(/didn't pass verification/)
    })

    test('a signature of another transaction', async () => {
      const { node, alice, bob } = await scene(make)
      const params = await suggested(node)
      const small = Buffer.from(payment(params, { from: alice.addr, amount: 1n }).signTxn(alice.sk))
      const large = Buffer.from(payment(params, { from: alice.addr, to: bob.addr, amount: 9n }).signTxn(alice.sk))
      const head = large.indexOf('sig') + 5
      small.copy(large, head, head, head + 64)
      expect(await refusal(node.broadcast([large], soon()))).toMatch(/didn't pass verification/)
    })

    test('fees that are short by one', async () => {
      const { node, alice, bob, balance } = await scene(make)
      const [fee, free] = grouped(
        payment(await suggested(node, 1_999n), { from: alice.addr }),
        payment(await suggested(node, 0n), { from: bob.addr }),
      )
      expect(await refusal(node.broadcast(signed([fee, alice], [free, bob]), soon()))).toMatch(/./)
      expect(await balance(alice)).toBe(10_000_000n)
    })

    test('a group that is not the one its id names', async () => {
      const { node, alice, bob } = await scene(make)
      const params = await suggested(node)
      const [one, two] = grouped(payment(params, { from: alice.addr }), payment(params, { from: bob.addr }))
      expect(await refusal(node.broadcast(signed([one, alice]), soon()))).toMatch(/incomplete group/)
      expect(await refusal(node.broadcast(signed([two, bob], [one, alice]), soon()))).toMatch(/incomplete group/)
      const alone = payment(params, { from: bob.addr, amount: 3n })
      expect(await refusal(node.broadcast(signed([one, alice], [alone, bob]), soon()))).toMatch(/empty group/)
    })

    test('all of a group of which one part fails', async () => {
      const { node, alice, bob, balance } = await scene(make)
      const params = await suggested(node)
      const [good, bad] = grouped(
        payment(params, { from: alice.addr, to: bob.addr, amount: 5n }),
        payment(params, { from: bob.addr, to: alice.addr, amount: 11_000_000n }),
      )
      expect(await refusal(node.broadcast(signed([good, alice], [bad, bob]), soon()))).toMatch(/./)
      expect([await balance(alice), await balance(bob)]).toEqual([10_000_000n, 10_000_000n])
    })

    test('a payment that leaves less than the account must keep', async () => {
      const { node, alice, bob } = await scene(make)
      const transaction = payment(await suggested(node), { from: alice.addr, to: bob.addr, amount: 9_950_000n })
      expect(await refusal(node.broadcast([transaction.signTxn(alice.sk)], soon()))).toMatch(/./)
    })

    test('the same again, the same lease, another network, another time', async () => {
      const { node, alice } = await scene(make)
      const params = await suggested(node)
      const lease = new Uint8Array(32).fill(7)
      const first = payment(params, { from: alice.addr, lease }).signTxn(alice.sk)
      const send = (...group: Uint8Array[]) => node.broadcast(group, soon())
      await expect(send(first)).resolves.toEqual(accepted)
      expect(await refusal(send(first))).toMatch(/already in ledger/)
      const leased = payment(params, { from: alice.addr, amount: 1n, lease }).signTxn(alice.sk)
      expect(await refusal(send(leased))).toMatch(/overlapping lease/)
      const elsewhere = payment({ ...params, genesisHash: new Uint8Array(32).fill(1) }, { from: alice.addr })
      expect(await refusal(send(elsewhere.signTxn(alice.sk)))).toMatch(/GenesisHash/)
      const early = payment({ ...params, firstValid: BigInt(params.firstValid) + 900n }, { from: alice.addr })
      expect(await refusal(send(early.signTxn(alice.sk)))).toMatch(/txn dead/)
    })

    test('what it does not model, with words', async () => {
      const { node, alice } = await scene(make)
      const offline = makeKeyRegistrationTxnWithSuggestedParamsFromObject({
        sender: alice.addr,
        suggestedParams: await suggested(node),
      })
      expect(await refusal(node.broadcast([offline.signTxn(alice.sk)], soon()))).toMatch(/keyreg/)
    })
  })

  test('simulates without a trace', async () => {
    const { node, alice, bob, balance } = await scene(make)
    const transaction = payment(await suggested(node), { from: alice.addr, to: bob.addr, amount: 5n })
    const bytes = transaction.signTxn(alice.sk)
    await expect(node.simulate([bytes], soon())).resolves.toEqual({ would: true, inner: 0 })
    expect(await balance(alice)).toBe(10_000_000n)
    await expect(node.broadcast([bytes], soon())).resolves.toEqual(accepted)
  })
}

type Signable = ReturnType<typeof payment> | undefined

function signed(...parts: readonly (readonly [Signable, Account])[]): Uint8Array[] {
  return parts.flatMap(([transaction, { sk }]) => (transaction === undefined ? [] : [transaction.signTxn(sk)]))
}
