/** Clients that ask for signatures and payments, keep what was not answered, and ask for it again. */
import { keccak256, serializeTransaction } from 'viem'
import { ChanceryError, createClient, type Client } from '../../../../client/src/index.ts'
import type { WriteLine } from '../../faults/client-recorder.ts'
import { releasedTransaction } from '../../faults/released-transaction.ts'
import { network, payee, type MadeKey } from './served.ts'

export interface Parties {
  readonly signing: readonly MadeKey[]
  readonly sending: readonly MadeKey[]
  readonly client: string
  readonly apiKey: string
  readonly stranger: { readonly client: string; readonly apiKey: string }
}

interface Asked {
  readonly route: 'sign' | 'transactions'
  readonly key: MadeKey
  readonly value: string
  /** For `sign`. */
  readonly nonce: number
  readonly idempotency: string
}

/** What was asked and how far it came, over all the lives of the service. */
export interface Load {
  readonly open: Map<string, Asked>
  readonly done: Asked[]
  /** Relayed transactions by id, with their values. */
  readonly made: Map<string, { readonly key: MadeKey; readonly value: bigint }>
  readonly codes: Map<string, number>
  /** Keeps asking with so many workers until it is told to stop. */
  ask(url: string, workers: number, stop: AbortSignal): Promise<void>
  /** Asks for everything open again, and for some of what was answered. */
  askAgain(url: string, sample: number): Promise<void>
  /** Logs the bytes of a relayed transaction that is final. */
  finish(url: string, id: string): Promise<string>
}

/** Makes up the next thing to ask: a payment through the relay, or one or two signatures for a nonce. */
function questions({ signing, sending }: Parties, random: () => number): () => readonly Asked[] {
  let count = 0
  const nonces = new Map(signing.map(({ id }) => [id, 0]))
  return () => {
    count += 1
    const sends = random() < 0.15
    const key = pick(sends ? sending : signing, random)
    if (key === undefined) return []
    if (sends) return [{ route: 'transactions', key, value: String(count), nonce: 0, idempotency: `send-${count}` }]
    const nonce = nonces.get(key.id) ?? 0
    nonces.set(key.id, nonce + 1)
    // One in four nonces is fought over by two requests: one of them must lose, whatever happens in between.
    const rivals = random() < 0.25 ? [0, 1] : [0]
    const named = (rival: number) => ({ value: String(rival), idempotency: `sign-${count}-${rival}` })
    return rivals.map((rival) => ({ route: 'sign', key, nonce, ...named(rival) }))
  }
}

function pick<T>(all: readonly T[], random: () => number): T | undefined {
  return all[Math.floor(random() * all.length)]
}

export function createLoad(parties: Parties, write: WriteLine, random: () => number): Load {
  const next = questions(parties, random)
  const load: Load = {
    open: new Map(),
    done: [],
    made: new Map(),
    codes: new Map(),
    ask: async (url, workers, stop) => {
      const client = createClient({ url, apiKey: parties.apiKey })
      const worker = async () => {
        while (!stop.aborted) {
          const asked = next()
          for (const one of asked) load.open.set(one.idempotency, one)
          await Promise.all(asked.map((one) => askOne(load, parties, client, write, one)))
          if (random() < 0.1) await trespass(parties, url, write, random)
        }
      }
      await Promise.all(Array.from({ length: workers }, worker))
    },
    askAgain: async (url, sample) => {
      const client = createClient({ url, apiKey: parties.apiKey })
      const earlier = Array.from({ length: sample }, () => pick(load.done, random)).filter((one) => one !== undefined)
      await Promise.all([...load.open.values(), ...earlier].map((one) => askOne(load, parties, client, write, one)))
    },
    finish: async (url, id) => {
      const client = createClient({ url, apiKey: parties.apiKey })
      const { state, signed } = await client.transactions.wait(id, { seconds: 300 })
      const key = load.made.get(id)?.key.address ?? ''
      for (const { raw } of signed) {
        write({
          client: parties.client,
          route: 'transactions',
          granted: true,
          key,
          network,
          made: id,
          ...releasedTransaction(raw),
        })
      }
      return state
    },
  }
  return load
}

/** Answers that settle a request for good; after any other it is asked again. */
const final: readonly string[] = ['conflicts-with-earlier']

async function askOne(
  load: Load,
  { client: id }: Parties,
  client: Client,
  write: WriteLine,
  asked: Asked,
): Promise<void> {
  const { route, key, idempotency } = asked
  const line = { client: id, route, granted: true, key: key.address, network, idempotency }
  try {
    write({ ...line, ...(await answer(load, client, asked)) })
    settled(load, asked)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    write({ ...line, code: error.code })
    load.codes.set(error.code, (load.codes.get(error.code) ?? 0) + 1)
    if (final.includes(error.code)) settled(load, asked)
  }
}

function settled({ open, done }: Load, asked: Asked): void {
  if (open.delete(asked.idempotency)) done.push(asked)
}

async function answer(load: Load, client: Client, { route, key, value, nonce, idempotency }: Asked) {
  const once = { idempotencyKey: idempotency }
  if (route === 'sign') {
    const { result } = await client.sign(key.id, { network, transaction: payment(nonce, value) }, once)
    return releasedTransaction(result['raw'])
  }
  const { id } = await client.transactions.send({ key: key.id, network, transaction: { to: payee, value } }, once)
  load.made.set(id, { key, value: BigInt(value) })
  return { made: id }
}

const payment = (nonce: number, value: string) =>
  ({ type: 2, nonce, to: payee, value, gas: 21_000, maxFeePerGas: '2000000000', maxPriorityFeePerGas: '1' }) as const

/** Somebody without a grant asks for a payment nobody else asks for. */
async function trespass({ stranger, signing }: Parties, url: string, write: WriteLine, random: () => number) {
  const [key] = signing
  if (key === undefined) return
  const nonce = 1_000_000 + Math.floor(random() * 1_000_000)
  const line = { client: stranger.client, route: 'sign', granted: false, key: key.address, network } as const
  const client = createClient({ url, apiKey: stranger.apiKey })
  const payload = digestOf(nonce)
  const code = await client.sign(key.id, { network, transaction: payment(nonce, '7') }).then(
    ({ result }) => ({ response: String(result['raw']) }),
    (error: unknown) => ({ code: error instanceof ChanceryError ? error.code : 'unknown' }),
  )
  write({ ...line, payload, nonce: String(nonce), ...code })
}

function digestOf(nonce: number): string {
  const fees = { maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1n, gas: 21_000n }
  return keccak256(serializeTransaction({ type: 'eip1559', chainId: 31337, nonce, to: payee, value: 7n, ...fees }))
}
