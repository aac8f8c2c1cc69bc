/** How far the loading is: a bar on a terminal, a line a second elsewhere. */
import type { Clock } from '../../base/clock.ts'
import type { LoadingStatus } from '../../core/validators.ts'

export interface ProgressOptions {
  /** Whether what is written can be written over. */
  readonly terminal: boolean
  readonly clock: Clock
  /** Takes text as it is, line ends and carriage returns included. */
  write(text: string): void
}

const barWidth = 24
/** Milliseconds between two bars, and between two lines. */
const [barPause, linePause] = [100, 1_000]

/** A run of nothing, such as a start where all keys are sealed already, says one line at its end. */
export function createProgress({ terminal, clock, write }: ProgressOptions): (status: LoadingStatus) => void {
  let began: number | undefined
  let last = -Infinity
  return (status) => {
    const now = clock.monotonic()
    began ??= now
    const done = status.state !== 'running'
    if (!done && now - last < (terminal ? barPause : linePause)) return
    last = now
    const line = progressLine(status, now - began)
    if (terminal) write(`\r\x1b[K${done ? '' : `${bar(status)} `}${line}${done ? '\n' : ''}`)
    else write(`${line}\n`)
    if (done) [began, last] = [undefined, -Infinity]
  }
}

export function progressLine(
  { state, loaded, total, failures, leftAside = [] }: LoadingStatus,
  elapsed: number,
): string {
  const parts = [
    `${number(loaded)} of ${number(total)} validator key${total === 1 ? '' : 's'} loaded`,
    failures.length > 0 && `${number(failures.length)} failed`,
    leftAside.length > 0 && `${number(leftAside.length)} left aside`,
    state === 'running' ? remaining(loaded + failures.length + leftAside.length, total, elapsed) : took(elapsed),
  ]
  return parts.filter(Boolean).join(', ')
}

function bar({ loaded, failures, leftAside = [], total }: LoadingStatus): string {
  const share = total === 0 ? 1 : Math.min(1, (loaded + failures.length + leftAside.length) / total)
  const full = Math.round(share * barWidth)
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`
}

function remaining(done: number, total: number, elapsed: number): string | undefined {
  if (done === 0 || elapsed < 1_000) return undefined
  return `about ${number(Math.ceil(((elapsed / done) * (total - done)) / 1_000))} s left`
}

const took = (elapsed: number): string => `in ${number(Math.round(elapsed / 1_000))} s`

const number = (value: number): string => value.toLocaleString('en')
