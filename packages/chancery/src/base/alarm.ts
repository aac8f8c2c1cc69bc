/** Alarms for thousands of waits at once, kept by one timer: nearly all are cleared, and a timer for each is dear. */

export interface Alarm {
  readonly at: number
  readonly ring: () => void
}

/** Milliseconds an alarm may ring late. */
const step = 20

const set = new Set<Alarm>()
let timer: NodeJS.Timeout | undefined

/** Calls `ring` when so many milliseconds have passed, or `step` later, unless it was cleared. */
export function setAlarm(milliseconds: number, ring: () => void): Alarm {
  const alarm = { at: performance.now() + milliseconds, ring }
  set.add(alarm)
  timer ??= setInterval(look, step)
  return alarm
}

export function clearAlarm(alarm: Alarm): void {
  set.delete(alarm)
}

function look(): void {
  const now = performance.now()
  for (const alarm of set) {
    if (alarm.at > now) continue
    set.delete(alarm)
    alarm.ring()
  }
  if (set.size > 0) return
  clearInterval(timer)
  timer = undefined
}
