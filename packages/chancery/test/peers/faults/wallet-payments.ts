/** A client that asks for withdrawals, each under an Idempotency-Key, and asks again for what was not answered. */
import { ChanceryError, createClient, type Client, type Wallet } from '../../../../client/src/index.ts'

export interface Paying {
  readonly wallet: Wallet
  readonly payee: string
  /** Base units; the sum of each withdrawal is this and a number of its own. */
  readonly least: bigint
}

interface Asked {
  readonly from: Paying
  readonly amount: bigint
  readonly idempotency: string
}

/** What was asked and answered, over all the lives of the service. */
export interface Payments {
  readonly asked: Map<string, Asked>
  readonly open: Map<string, Asked>
  /** The ids of all answers, by Idempotency-Key. */
  readonly made: Map<string, Set<string>>
  readonly codes: Map<string, number>
  /** Asks so often in turn, by so many workers. */
  ask(url: string, workers: number, times: number): Promise<void>
  /** Asks for everything open again, and for some of what was answered. */
  askAgain(url: string, sample: number): Promise<void>
}

export function createPayments(apiKey: string, paying: readonly Paying[], random: () => number): Payments {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const next = (): Asked | undefined => {
    const from = pick(paying)
    const count = all.asked.size
    return from && { from, amount: from.least + BigInt(count), idempotency: `withdrawal-${count}` }
  }
  const all: Payments = {
    asked: new Map(),
    open: new Map(),
    made: new Map(),
    codes: new Map(),
    ask: async (url, workers, times) => {
      const client = createClient({ url, apiKey })
      const worker = async () => {
        for (let time = 0; time < times; time++) {
          const one = next()
          if (one === undefined) return
          all.asked.set(one.idempotency, one)
          all.open.set(one.idempotency, one)
          const twice = random() < 0.25 ? [one, one] : [one]
          await Promise.all(twice.map((asked) => askOne(all, client, asked)))
        }
      }
      await Promise.all(Array.from({ length: workers }, worker))
    },
    askAgain: async (url, sample) => {
      const client = createClient({ url, apiKey })
      const done = [...all.asked.values()].filter(({ idempotency }) => all.made.has(idempotency))
      const earlier = Array.from({ length: sample }, () => pick(done))
      const again = [...all.open.values(), ...earlier].filter((one) => one !== undefined)
      await Promise.all(again.map((one) => askOne(all, client, one)))
    },
  }
  return all
}

async function askOne({ open, made, codes }: Payments, client: Client, asked: Asked): Promise<void> {
  const { from, amount, idempotency } = asked
  const request = { wallet: from.wallet.id, to: from.payee, amount: String(amount) }
  try {
    const { id } = await client.withdrawals.create(request, { idempotencyKey: idempotency })
    made.set(idempotency, (made.get(idempotency) ?? new Set()).add(id))
    open.delete(idempotency)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
  }
}

/** What was asked of a wallet, or of all. */
export function asksOf({ asked }: Payments, wallet?: string): readonly Asked[] {
  return [...asked.values()].filter(({ from }) => wallet === undefined || from.wallet.id === wallet)
}

export function sumOf(asks: readonly Asked[]): bigint {
  return asks.reduce((sum, { amount }) => sum + amount, 0n)
}
