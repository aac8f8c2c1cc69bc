/** Who pays whose fees: one entry a sponsor, everything that is not named is not paid for. */
import type { Json } from '../base/json.ts'
import type { Sponsor, SponsorTerms } from '../core/sponsoring.ts'
import { parseNetwork } from './networks.ts'
import { amount, boolean, closedObject, integer, listOf, matching, type Shape } from './shapes.ts'

const names = [
  'key',
  'account',
  'network',
  'perGroup',
  'perSenderDay',
  'perDay',
  'groupsPerSenderDay',
  'minimumBalance',
  'topUp',
  'applications',
  'assets',
  'payments',
  'rekeying',
  'longestLife',
  'simulate',
  'signedOnly',
]

const alias = matching(/^[A-Za-z][-A-Za-z0-9_./]{0,62}$/, '<alias>', 'the alias of a key')
const address = matching(/^[A-Za-z0-9]{1,128}$/, '<address>', 'an address')
const number = matching(/^[1-9][0-9]{0,19}$/, '<number>', 'a number as text, such as "31566704"')
const method = matching(/^[!-~]{1,256}$/, '<method>', 'a signature such as swap(uint64)void, a selector, or bare')
const numbers = listOf(number)
const methods = listOf(method)
const count = integer(1, 1_000_000)
const rounds = integer(1, 1_000)

const application: Shape<SponsorTerms['applications'][number]> = {
  label: '<application>',
  text: 'json',
  parse(value, where) {
    const members = closedObject(value, where, ['id', 'methods'])
    const { methods: allowed = null } = members
    return {
      id: number.parse(members['id'] ?? null, `${where}.id`),
      methods: allowed === '*' ? '*' : methods.parse(allowed, `${where}.methods`),
    }
  },
}
const applications = listOf(application)

export const sponsor: Shape<Sponsor> = {
  label: '<sponsor>',
  text: 'json',
  parse(value, where) {
    const members = closedObject(value, where, names)
    const take = <T>(shape: Shape<T>, name: string, otherwise: Json = null) =>
      shape.parse(members[name] ?? otherwise, `${where}.${name}`)
    return {
      key: take(alias, 'key'),
      ...(members['account'] !== undefined && { account: take(address, 'account') }),
      network: parseNetwork(members['network'], `${where}.network`),
      perSenderDay: take(amount, 'perSenderDay'),
      perDay: take(amount, 'perDay'),
      groupsPerSenderDay: take(count, 'groupsPerSenderDay', 100),
      minimumBalance: take(amount, 'minimumBalance'),
      simulate: take(boolean, 'simulate', true),
      signedOnly: take(boolean, 'signedOnly', false),
      terms: {
        perGroup: take(amount, 'perGroup'),
        topUp: take(amount, 'topUp', '0'),
        applications: take(applications, 'applications', []),
        assets: take(numbers, 'assets', []),
        payments: take(boolean, 'payments', false),
        rekeying: take(boolean, 'rekeying', false),
        longestLife: BigInt(take(rounds, 'longestLife', 1_000)),
      },
    }
  },
}
