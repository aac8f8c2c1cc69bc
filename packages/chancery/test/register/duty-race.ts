/** Many requests for one slot and one target of each of many keys, at once, through every writer there is. */
import type { DutyClaim } from '../../src/core/claim.ts'
import type { Store } from '../../src/core/store.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { dutyText, slashings } from '../contract/store/protection-model.ts'
import { attestation, block, validator } from '../contract/store/writer.ts'
import { query, startCluster } from '../store/postgres-cluster.ts'
import { clock, folder, openWhole, signing, soon, stateKey } from './fixtures.ts'

export interface RaceSize {
  readonly keys: number
  /** Requests for each of them, of which no two may both be signed unless they are the same. */
  readonly conflicts: number
}

/** What it came to; of a race that is sound nothing but the number of keys. */
export interface RaceOutcome {
  /** Keys that signed something. */
  readonly keys: number
  /** Keys that signed two things that are slashable, or not exactly one block. */
  readonly unsound: readonly string[]
  /** Of the register's verification. */
  readonly findings: readonly string[]
  readonly deadlocks: number
}

export const soundRace = ({ keys }: RaceSize): RaceOutcome => ({ keys, unsound: [], findings: [], deadlocks: 0 })

/** On SQLite: one process, whose group commit keeps rivals apart. */
export async function raceOnSqlite(size: RaceSize): Promise<RaceOutcome> {
  const whole = await openWhole(await folder(), { limits })
  return { ...(await race(whole, [whole], size)), deadlocks: 0 }
}

/**
 * On PostgreSQL: two replicas. Each commit waits for some moments with its rows locked, so that the other replica's
 * statements arrive in between.
 */
export async function raceOnPostgres(size: RaceSize): Promise<RaceOutcome> {
  const cluster = await startCluster()
  try {
    const url = await cluster.database()
    const open = () => openPostgres({ url, poolSize: 4, clock })
    const stores = [await open(), await open()]
    const one = await openWhole(await folder(), { store: stores[0] as Store, limits })
    const two = await openWhole(await folder(), { store: stores[1] as Store, limits })
    await query(
      url,
      `CREATE FUNCTION lingering() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN PERFORM pg_sleep(random() * 0.004); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER lingering AFTER INSERT ON segment DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION lingering()`,
    )
    const outcome = await race(one, [one, two], size)
    const [counted] = await query(url, countDeadlocks)
    for (const { writer } of [one, two]) await writer.close()
    for (const store of stores) await store.close()
    return { ...outcome, deadlocks: Number(counted?.['deadlocks']) }
  } finally {
    await cluster.stop()
  }
}

const countDeadlocks = 'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()'

/** A busy machine must not look like a store that is gone. */
const limits = { call: 20_000 }

type Whole = Awaited<ReturnType<typeof openWhole>>

/** What the nth request for a key asks: one slot, or one target from sources around each other; some ask the same. */
function rival(n: number, scope: string): DutyClaim {
  if (n % 2 === 0) return block(7, `block ${n % 60}`, scope)
  return attestation(n % 5, n % 3 === 0 ? 9 : 8, `vote ${n % 30}`, scope)
}

const waiting = 4_000

type Judged = Omit<RaceOutcome, 'deadlocks'>

async function race(judged: Whole, wholes: readonly Whole[], { keys, conflicts }: RaceSize): Promise<Judged> {
  const scopes = Array.from({ length: keys }, (_, n) => validator(`${n}`))
  const signed: DutyClaim[] = []
  const at = Math.max(1, Math.floor(waiting / keys))
  for (let n = 0; n < conflicts; n += at) {
    const rivals = scopes.flatMap((scope) =>
      Array.from({ length: Math.min(at, conflicts - n) }, (_, more) => rival(n + more, scope)),
    )
    const answers = await Promise.all(
      rivals.flatMap((duty) =>
        wholes.map(async ({ writer }) => ({ duty, ...(await writer.record(signing(duty), soon(60_000))) })),
      ),
    )
    signed.push(...answers.filter(({ status }) => status === 'recorded').map(({ duty }) => duty))
  }
  return judge(judged, signed)
}

/** One block of a slot and one vote of a target at most, and no surround pair; store and register say the same. */
async function judge({ store }: Whole, signed: readonly DutyClaim[]): Promise<Judged> {
  const byScope = Map.groupBy(new Map(signed.map((duty) => [dutyText(duty), duty])).values(), ({ scope }) => scope)
  const isSound = (all: readonly DutyClaim[]) =>
    slashings(all).length === 0 && all.filter(({ kind }) => kind === 'block').length === 1
  const unsound = [...byScope].filter(([, all]) => !isSound(all)).map(([scope]) => scope)
  const { findings } = await verifyRegister(sourceOf(store, clock), { stateKey: stateKey() })
  return { keys: byScope.size, unsound, findings }
}
