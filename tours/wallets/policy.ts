/** What wallets may pay, so that each coin of the tour has something to be refused for. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type Client, type WalletPolicy } from '../../packages/client/src/index.ts'
import { command, type RunningService } from '../service.ts'
import type { Steps } from '../steps.ts'
import type { Chains } from './chains.ts'
import type { Coin } from './coins.ts'
import type { World } from './world.ts'

/** The organisation's own addresses. */
export const treasury = {
  bitcoin: 'tb1qg975h6gdx5mryeac72h6lj2nzygugxhyk6dnhr',
  ethereum: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
} as const

/** Whom nobody pays in Litecoin. */
export const denied = 'tltc1qa0qwuze2h85zw7nqpsj3ga0z9geyrgwpjtq54e'

/** Whose wallets these are. */
export const usual = 'alice'

/** Whose payments to new destinations wait for a day. */
export const cautious = 'carol'

export async function putPolicy({ step }: Steps, { home, chains, coins }: World): Promise<void> {
  await writeFile(join(home.folder, 'wallet-policy.json'), JSON.stringify(policyFor(coins, chains), undefined, 2))
  await step(
    '$ chancery wallets policy put: maximums, denied recipients, windows, delays, a treasury',
    async (tell) => {
      tell(await command(home, 'wallets', 'policy', 'put', 'wallet-policy.json'))
    },
  )
}

type Rule = WalletPolicy['rules'][number]

function policyFor(coins: readonly Coin[], { bitcoin, ethereum }: Chains): WalletPolicy {
  const careful = coins.filter(({ symbol }) => symbol === 'BNB').map((coin) => ({ ...carefulRule, ...standing(coin) }))
  return {
    rules: [
      ...coins.map((coin) => ({ name: coin.symbol.toLowerCase(), ...standing(coin), ...more(coin) })),
      ...careful,
    ],
    treasury: { [bitcoin.id]: [treasury.bitcoin], [ethereum.id]: [treasury.ethereum] },
    sweepFees: { [bitcoin.id]: '20000', [ethereum.id]: '1000000000000000' },
  }
}

/** Each wallet pays its payment, and a third more, and anybody. */
function standing({ asset, payment, chain }: Coin): Omit<Rule, 'name'> {
  const fee = chain.id.startsWith('eip155:') ? '10000000000000000' : '100000000'
  return { asset, recipients: '*', maximum: String((payment * 4n) / 3n), maximumFee: fee }
}

const carefulRule = { name: 'bnb-new', users: [cautious], newDestinationHours: 24 }

function more({ symbol, payment, payee }: Coin): Partial<Rule> {
  if (symbol === 'LTC') return { denied: [denied] }
  if (symbol === 'DOGE') return { windows: [{ per: 'user', period: 'day', amount: String((payment * 3n) / 2n) }] }
  return symbol === 'USDT' ? { recipients: [payee] } : {}
}

export function registerClient({ step }: Steps, { home }: World, { url }: RunningService): Promise<Client> {
  return step('$ chancery clients create: an exchange that makes wallets and pays from them', async () => {
    const rights = ['wallets:read', 'wallets:create', 'withdraw', 'sweep', 'keys:create', 'keys:read', 'sign:digest']
    const { secret } = JSON.parse(
      await command(home, 'clients', 'create', 'exchange', '--grant', `${rights.join(',')}@*@*`, '--json'),
    ) as { secret: string }
    return createClient({ url, apiKey: secret })
  })
}
