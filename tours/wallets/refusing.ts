/** For each coin one withdrawal that is not made, each for another reason. */
import { ChanceryError, type Client, type Wallet } from '../../packages/client/src/index.ts'
import { command } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import type { Coin } from './coins.ts'
import { cautious, denied, usual } from './policy.ts'
import type { World } from './world.ts'

interface Refusal {
  readonly what: string
  readonly code: string
  /** What the message, the checks or the hint must say. */
  readonly says: RegExp
  readonly to?: string
  readonly amount?: bigint
  /** What happens around it. */
  readonly around?: (ask: () => Promise<void>) => Promise<void>
  /** Whose wallet pays, where not the one of before. */
  readonly owner?: string
}

function refusalOf({ symbol, payment }: Coin, { home }: World): Refusal {
  const all: Readonly<Record<string, Refusal>> = {
    BTC: { what: 'it is more than a payment may be', code: 'denied', says: /btc maximum/, amount: payment * 2n },
    LTC: { what: 'its recipient is on the list of the denied', code: 'denied', says: /ltc denied/, to: denied },
    DOGE: { what: "the user's day has no room for it", code: 'limit-reached', says: /spending limit/ },
    ETH: {
      what: 'a letter of the address is wrong',
      code: 'invalid-payload',
      says: /checksum/i,
      to: '0x70997970C51812dc3A010C7d01b50e0d17dc79c8',
    },
    BNB: {
      what: 'this user never paid there before',
      code: 'denied',
      says: /bnb-new new destination/,
      owner: cautious,
    },
    POL: {
      what: 'its user is frozen',
      code: 'frozen',
      says: /frozen/,
      around: async (ask) => {
        await command(home, 'freeze', '--user', usual)
        await ask()
        await command(home, 'thaw', '--user', usual)
      },
    },
    USDT: {
      what: 'its recipient is not among those who are paid',
      code: 'denied',
      says: /usdt recipient/,
      to: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
    },
  }
  const found = all[symbol]
  must(found !== undefined, `nothing is refused in ${symbol}`)
  return found
}

export async function refuse(steps: Steps, world: World, client: Client, coin: Coin, own: Wallet): Promise<void> {
  const { what, code, says, to = coin.payee, amount = coin.payment, around = once, owner } = refusalOf(coin, world)
  await steps.step(`Refused, because ${what}`, async (tell) => {
    const { id } = owner === undefined ? own : await client.wallets.create({ ...placeOf(coin), userId: owner })
    await around(async () => {
      const request = { wallet: id, to, amount: String(amount) }
      const asked = client.withdrawals.create(request, { idempotencyKey: `refused-${id}` })
      const refused = await asked.catch((error: unknown) => error)
      must(refused instanceof ChanceryError && refused.code === code, `it answered ${String(refused)}`)
      const words = wordsOf(refused)
      must(says.test(words), `it says ${words}`)
      tell(words)
    })
  })
}

const placeOf = ({ symbol, network, tier }: Coin) => ({ asset: symbol, network, tier })

const once = (ask: () => Promise<void>): Promise<void> => ask()

/** Everything a person reads of it. */
export function wordsOf({ message, where, got, wanted, checks = [], hint = '' }: ChanceryError): string {
  const failed = checks.filter(({ ok }) => !ok).map(({ name, got, allowed }) => `${name}: got ${got}, ${allowed}`)
  const words = Object.entries({ where, got, wanted }).flatMap(([name, text]) => (text ? [`${name} ${text}`] : []))
  return [message, ...words, ...failed, hint].filter((part) => part !== '').join('; ')
}
