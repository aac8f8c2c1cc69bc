/** A client that makes wallets for many users, some twice, keeps what was not answered, and asks for it again. */
import {
  ChanceryError,
  createClient,
  type Client,
  type CreateWallet,
  type Wallet,
} from '../../../../client/src/index.ts'

type Asked = Required<Pick<CreateWallet, 'userId' | 'asset' | 'network' | 'tier'>>

/** A user has one wallet of an asset on a network. */
export const placeOf = ({ userId, asset, network }: Pick<Asked, 'userId' | 'asset' | 'network'>): string =>
  `${userId} ${asset} ${network}`

/** What was asked and answered, over all the lives of the service. */
export interface Creations {
  readonly asked: Map<string, Asked>
  readonly open: Map<string, Asked>
  /** Asked for once, not answered, and never asked for again. */
  readonly left: Map<string, Asked>
  /** Everything that was ever answered: `id address`, by place. */
  readonly answers: Map<string, Set<string>>
  readonly codes: Map<string, number>
  ask(url: string, workers: number, stop: AbortSignal): Promise<void>
  /** Asks for everything open again, and for some of what was answered. */
  askAgain(url: string, sample: number): Promise<void>
  /** From here on nobody asks again for what is open. */
  leave(): void
}

const assets: readonly (readonly [asset: string, network: string])[] = [
  ['BTC', 'testnet'],
  ['LTC', 'testnet'],
  ['DOGE', 'testnet'],
  ['ETH', 'sepolia'],
]
const tiers = ['native', 'datakey', 'hd', 'sealed'] as const

function pick<T>(all: readonly T[], random: () => number, otherwise: T): T {
  return all[Math.floor(random() * all.length)] ?? otherwise
}

export function createCreations(apiKey: string, random: () => number): Creations {
  let users = 0
  const next = (): Asked => {
    const [asset, network] = pick(assets, random, ['BTC', 'testnet'] as const)
    return { userId: `user-${users++}`, asset, network, tier: pick(tiers, random, 'sealed' as const) }
  }
  const all: Creations = {
    asked: new Map(),
    open: new Map(),
    left: new Map(),
    answers: new Map(),
    codes: new Map(),
    ask: async (url, workers, stop) => {
      const client = createClient({ url, apiKey })
      const worker = async () => {
        while (!stop.aborted) {
          const one = next()
          all.asked.set(placeOf(one), one)
          all.open.set(placeOf(one), one)
          const twice = random() < 0.25 ? [one, one] : [one]
          await Promise.all(twice.map((asked) => askOne(all, client, asked)))
        }
      }
      await Promise.all(Array.from({ length: workers }, worker))
    },
    askAgain: async (url, sample) => {
      const client = createClient({ url, apiKey })
      const done = [...all.asked.values()].filter((one) => all.answers.has(placeOf(one)))
      const earlier = Array.from({ length: sample }, () => done[Math.floor(random() * done.length)])
      const again = [...all.open.values(), ...earlier].filter((one) => one !== undefined)
      await Promise.all(again.map((one) => askOne(all, client, one)))
    },
    leave: () => {
      for (const [place, one] of all.open) all.left.set(place, one)
      all.open.clear()
    },
  }
  return all
}

async function askOne({ open, answers, codes }: Creations, client: Client, asked: Asked): Promise<void> {
  const place = placeOf(asked)
  try {
    const answer = await client.wallets.create(asked)
    answers.set(place, (answers.get(place) ?? new Set()).add(nameOf(answer)))
    open.delete(place)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
  }
}

/** What must never change. */
export function nameOf({ id, address, publicKey }: Wallet): string {
  return `${id} ${address} ${publicKey}`
}
