/** Random groups through the whole service, with a key in AWS KMS and one in Parameter Store, against algosdk itself. */
import { assignGroupID, type Transaction } from 'algosdk'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Client, Rules } from '../../../client/src/index.ts'
import type { Effect, Facts } from '../../src/core/facts.ts'
import { algorand, base64, pairOf } from '../chains/algorand/signing.ts'
import { drafts, transactionOf, type Draft } from '../chains/algorand/transaction-arbitrary.ts'
import { network, type AlgorandService, type KnownKey } from './algorand-service.ts'

const stranger = pairOf(2)
const roles = fc.constantFrom('native', 'ssm', 'stranger')
type Member = readonly [Draft, 'native' | 'ssm' | 'stranger']

const groups = fc
  .array(fc.tuple(drafts, roles), { minLength: 2, maxLength: 16 })
  .filter((members) => ['native', 'ssm'].every((wanted) => members.some(([, role]) => role === wanted)))

export interface Both {
  readonly house: AlgorandService
  /** May sign with both keys. */
  readonly app: Client
}

/**
 * Groups of 2 to 16 transactions of every type, each signed by both keys to the byte as algosdk does.
 * @returns how many transactions were signed
 */
export async function signGroups(both: Both, numRuns: number): Promise<number> {
  const { house } = both
  let count = 0
  await fc.assert(
    fc.asyncProperty(groups, async (members) => {
      const group = assignGroupID(members.map(([draft, role]) => transactionOf(draft, addressOf(house, role))))
      house.emulator.clearCalls()
      for (const role of ['native', 'ssm'] as const) {
        const isOurs = members.map(([, whose]) => whose === role)
        const { sk } = house[role]
        expect(await signed(both, house[role], group, isOurs)).toEqual(
          group.map((transaction, i) => (isOurs[i] ? base64(transaction.signTxn(sk)) : null)),
        )
        count += isOurs.filter(Boolean).length
      }
      // One Sign for each signature of the native key, and one decryption for all of the other's.
      const natives = members.filter(([, role]) => role === 'native').map(() => 'Sign')
      expect(house.emulator.calls.map(({ operation }) => operation)).toEqual([...natives, 'GetParameter'])
    }),
    { numRuns },
  )
  return count
}

function addressOf(house: AlgorandService, role: Member[1]) {
  return role === 'stranger' ? stranger.address : house[role].address
}

async function signed(
  { house, app }: Both,
  { key }: KnownKey,
  group: readonly Transaction[],
  isOurs: readonly boolean[],
): Promise<unknown> {
  const transactions = group.map((transaction, i) => ({
    txn: base64(transaction.toByte()),
    ...(isOurs[i] ? {} : { signers: [] }),
  }))
  const { algorithm, publicKey } = key
  const asked = { operation: 'sign:transaction', network, value: transactions } as const
  const bytes = Buffer.from(publicKey.slice(2), 'hex')
  const intent = algorand.parse({ ...asked, publicKey: { algorithm, bytes }, accounts: [] })
  await house.allow(key, rulesFor(algorand.facts(intent, { algorithm, bytes })))
  return (await app.sign(key.id, { network, transactions })).result['transactions']
}

/** What allows exactly this. */
export function rulesFor({ effects, fee, network: on = network }: Facts): Partial<Rules> {
  const of = <K extends Effect['kind']>(kind: K) =>
    effects.filter((effect): effect is Extract<Effect, { readonly kind: K }> => effect.kind === kind)
  const assets = Map.groupBy(of('transfer'), ({ asset }) => asset)
  const sums = [...assets].map(([asset, all]): [string, string] => [
    asset,
    String(all.reduce((sum, { amount }) => sum + amount, 0n)),
  ])
  const authorities = of('authority')
  return {
    recipients: unique(of('transfer').map(({ to }) => to)),
    maximums: Object.fromEntries<string>(sums),
    fees: { [on]: String(fee?.max ?? 0n) },
    calls: [
      ...new Map(
        of('call').map(({ contract, selector }) => [`${contract} ${selector}`, { contract, selector }]),
      ).values(),
    ],
    authorities: unique(authorities.map(({ what }) => what)),
    delegates: unique(authorities.flatMap(({ to }) => to ?? [])),
  }
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]
