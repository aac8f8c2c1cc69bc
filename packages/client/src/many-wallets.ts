/** Wallets by the thousand, in requests of a few seconds each; what there was no time for is asked for again. */
import { ChanceryError } from './errors.ts'
import type * as t from './types.ts'

export interface MadeWallet {
  readonly request: t.CreateWallet
  /** Absent where it was not made. */
  readonly wallet?: t.Wallet
  readonly problem?: Pick<t.Problem, 'code' | 'detail' | 'retryAfter'>
}

export interface CreateAllOptions {
  /** Milliseconds, from any moment on. */
  readonly now?: () => number
  readonly wait?: (milliseconds: number) => Promise<void>
}

/** Asked for at once: at first, and at most. */
const first = 16
const most = 500
/** Milliseconds a request may take: shorter shows progress sooner, longer costs fewer requests. */
const goal = 5_000
/** Requests in a row that made nothing, before the rest is given up. */
const patience = 10

type Problem = NonNullable<MadeWallet['problem']>
type CreateMany = (requests: readonly t.CreateWallet[]) => Promise<t.WalletsCreated['answers']>

/**
 * Each wallet once it is made or refused, about in their order. A key back-end at its quota is waited for, as long as it makes any.
 * Interrupted, the same requests again go on where it stopped. @throws ChanceryError when the service does not answer
 */
export async function* createAll(
  createMany: CreateMany,
  requests: readonly t.CreateWallet[],
  { now = () => performance.now(), wait = pause }: CreateAllOptions = {},
): AsyncGenerator<MadeWallet> {
  let rest = requests
  let size = first
  for (let idle = 0; rest.length > 0;) {
    const began = now()
    const answers = await ask(createMany, rest.slice(0, size))
    const took = now() - began
    const later = answers.filter(isForLater)
    idle = later.length === answers.length ? idle + 1 : 0
    if (idle === patience) return yield* rest.map((request) => ({ ...later[0], request }))
    yield* answers.filter((answer) => !isForLater(answer))
    rest = [...later.map(({ request }) => request), ...rest.slice(size)]
    size = nextSize(size, took, later.length > 0)
    if (later.length > 0) await wait(secondsUntil(later) * 1_000 * (1 + Math.random() / 4))
  }
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

async function ask(createMany: CreateMany, some: readonly t.CreateWallet[]): Promise<readonly MadeWallet[]> {
  const answers = await createMany(some).catch((error: unknown) => {
    if (error instanceof ChanceryError && isPassing(error)) return some.map(() => ({ problem: said(error) }))
    throw error
  })
  return some.map((request, i) => ({ ...(answers[i] ?? { problem: unanswered }), request }))
}

const unanswered: Problem = { code: 'unreadable', detail: 'The service gave no answer for it' }

function said({ code, message: detail, retryAfter }: ChanceryError): Problem {
  return { code, detail, ...(retryAfter === undefined ? {} : { retryAfter }) }
}

/** The service says so of what may pass; what took too long is found half made, and finished. */
function isPassing({ code, retryAfter }: Pick<Problem, 'code' | 'retryAfter'>): boolean {
  return retryAfter !== undefined || code === 'deadline-exceeded' || code === 'in-doubt'
}

function isForLater({ problem }: MadeWallet): boolean {
  return problem !== undefined && isPassing(problem)
}

function secondsUntil(later: readonly MadeWallet[]): number {
  return Math.max(...later.map(({ problem }) => problem?.retryAfter ?? 1))
}

function nextSize(size: number, took: number, short: boolean): number {
  // Those that were there before are found at once: the first that are made may show that the rest takes a hundred times as long.
  if (short || took > 2 * goal) return Math.max(1, Math.floor(size * Math.min(1 / 2, goal / took)))
  return took < goal / 2 ? Math.min(most, 2 * size) : size
}
