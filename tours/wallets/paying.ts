/** A coin's wallet, what comes into it, what goes out of it, and what does not. */
import type { Client, Wallet, Withdrawal } from '../../packages/client/src/index.ts'
import { command } from '../service.ts'
import { must, until, type Steps } from '../steps.ts'
import type { Coin } from './coins.ts'
import { usual } from './policy.ts'
import { refuse } from './refusing.ts'
import type { World } from './world.ts'

const tiers: Readonly<Record<Coin['tier'], string>> = {
  native: 'a KMS key of its own',
  datakey: 'a data key pair under one KMS key',
  hd: 'a branch of a sealed seed',
  sealed: 'a sealed key of its own',
}

export async function useCoin(steps: Steps, world: World, client: Client, coin: Coin): Promise<Wallet> {
  const wallet = await createWallet(steps, world, coin, usual)
  await deposit(steps, coin, wallet)
  await withdraw(steps, client, coin, wallet)
  await refuse(steps, world, client, coin, wallet)
  return wallet
}

export function createWallet({ step }: Steps, { home }: World, coin: Coin, owner: string): Promise<Wallet> {
  const { symbol, network, tier } = coin
  const flags = ['--user', owner, '--asset', symbol, '--network', network, '--tier', tier]
  return step(`$ chancery wallets create ${flags.join(' ')}`, async (tell) => {
    const wallet = JSON.parse(await command(home, 'wallets', 'create', ...flags, '--json')) as Wallet
    must(wallet.status === 'CREATED' && wallet.address !== undefined, `it is ${wallet.status}`)
    tell(`${wallet.address}, ${wallet.derivationPath ?? tiers[tier]}`)
    return wallet
  })
}

async function deposit({ step }: Steps, { chain, symbol, deposit: amount }: Coin, { address = '' }: Wallet) {
  await step(`Somebody pays ${amount} base units of ${symbol} in`, async () => {
    await chain.give(address, amount)
    must((await chain.held(address)) === amount, 'they are not there')
  })
}

async function withdraw({ step }: Steps, client: Client, coin: Coin, { id }: Wallet): Promise<void> {
  const { chain, payee, payment, symbol } = coin
  await step(
    `POST /v1/withdrawals: ${payment} base units of ${symbol} to somebody else, followed to its end`,
    async (tell) => {
      const before = await chain.held(payee)
      const asked = { wallet: id, to: payee, amount: String(payment) }
      const first = await client.withdrawals.create(asked, { idempotencyKey: `pay-${symbol}` })
      const again = await client.withdrawals.create(asked, { idempotencyKey: `pay-${symbol}` })
      must(first.id === again.id, 'asked for twice, it is two')
      const { transaction } = await followed(client, coin, first)
      must((await chain.held(payee)) === before + payment, 'the payee does not have it')
      tell(`final, ${transaction.signed.at(-1)?.hash}`)
    },
  )
}

/** Blocks come while it is waited for. */
export function followed(client: Client, { chain }: Pick<Coin, 'chain'>, { id }: Withdrawal): Promise<Withdrawal> {
  return until(`the end of ${id}`, async () => {
    chain.mine()
    const now = await client.withdrawals.get(id)
    const { state, transaction } = now
    must(!['failed', 'refused', 'dropped'].includes(state), `it is ${state}: ${JSON.stringify(transaction.details)}`)
    return state === 'final' ? now : undefined
  })
}
