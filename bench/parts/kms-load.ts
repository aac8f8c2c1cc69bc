/** The load on both sides of the KMS comparison. */
import { load, type Load } from './load.ts'

/** One caller waits for nobody else's commit; four share commits, and wait for each other's. */
export const callers = [1, 4] as const
const seconds = 10
/** Few callers of a slow service make few calls a second: it takes more of them for a while to run both sides warm. */
const warmUp = { callers: 32, seconds: 8 }

/** One load for each of `callers`. */
export async function kmsLoads(call: () => Promise<void>): Promise<readonly Load[]> {
  await load(warmUp.callers, warmUp.seconds, call)
  const loads: Load[] = []
  for (const count of callers) loads.push(await load(count, seconds, call))
  return loads
}
