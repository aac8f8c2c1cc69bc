/** Alarms for thousands of waits at once, kept by one timer: nearly all are cleared, and a timer for each is dear. */

export interface Alarm {
  /** By `performance.now`. */
  readonly at: number
  readonly ring: () => void
  /** Where it stands in the list; whoever is taken out leaves its place to the last, so nothing is searched for. */
  place: number
}

/** Milliseconds an alarm may ring late. */
const step = 20

const alarms: Alarm[] = []
let timer: NodeJS.Timeout | undefined

/** Calls `ring` when so many milliseconds have passed, or 20 more, unless it was cleared. */
export function setAlarm(milliseconds: number, ring: () => void): Alarm {
  const alarm = { at: performance.now() + milliseconds, ring, place: alarms.length }
  alarms.push(alarm)
  timer ??= setInterval(look, step)
  return alarm
}

/** One that has rung is cleared already. */
export function clearAlarm(alarm: Alarm): void {
  if (alarms[alarm.place] !== alarm) return
  const last = alarms.pop()
  if (last === undefined || last === alarm) return
  alarms[alarm.place] = last
  last.place = alarm.place
}

function look(): void {
  const now = performance.now()
  for (const alarm of alarms.filter(({ at }) => at <= now)) {
    // Another may have cleared it as it rang.
    if (alarms[alarm.place] !== alarm) continue
    clearAlarm(alarm)
    alarm.ring()
  }
  if (alarms.length > 0) return
  clearInterval(timer)
  timer = undefined
}
