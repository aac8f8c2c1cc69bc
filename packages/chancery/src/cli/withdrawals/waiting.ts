/** `--wait 60s --until mined`: what has been accepted goes on whether anybody waits or not. */
import type { Withdrawal } from '@chancery/client'
import { UsageError, type Flags, type Given, type Terminal } from '../command.ts'
import { printWithdrawal } from './show.ts'

export interface Wait {
  readonly seconds: number
  readonly until: Goal
}

type Goal = (typeof goals)[number]

const goals = ['broadcast', 'mined', 'final'] as const

export const waitFlags = (most: string): Flags => ({
  wait: {
    type: 'string',
    value: '<time>',
    about: `How long to wait for it, ${most} at most; status 1 if it takes longer`,
  },
  until: { type: 'string', value: '<state>', about: `What to wait for: ${goals.join(', ')} (default: final)` },
})

/** @throws UsageError unless `--wait` is a time such as `60s` or `1m`, of at most so many seconds */
export function waitOf(given: Given, most: number): Wait | undefined {
  const [text, until] = [given.text('wait'), given.text('until') ?? 'final']
  const goal = goals.find((one) => one === until)
  if (goal === undefined) throw new UsageError(`--until is one of ${goals.join(', ')}, got ${until}`)
  if (text === undefined && given.text('until') !== undefined) throw new UsageError('--until goes with --wait 60s')
  if (text === undefined) return undefined
  const [, digits = '', unit] = /^(\d{1,4})([sm])$/.exec(text) ?? []
  const seconds = Number(digits) * (unit === 'm' ? 60 : 1)
  if (seconds >= 1 && seconds <= most) return { seconds, until: goal }
  throw new UsageError(`--wait is a time from 1s to ${most > 60 ? `${most / 60}m` : `${most}s`}, got ${text}`)
}

/** @returns the exit status: 1 where it failed, or is not as far as was waited for */
export function told(given: Given, terminal: Terminal, paid: Withdrawal, wait: Wait | undefined): number {
  printWithdrawal(given, terminal, paid)
  if (paid.state === 'failed') {
    terminal.note('It failed, and stays so under its key: to pay after all, look why, and give another --key')
    return 1
  }
  if (wait === undefined || hasReached(paid, wait)) return 0
  const { until } = wait
  terminal.note(
    `It is not ${until} yet, and goes on by itself: chancery withdrawals show ${paid.id} --wait 10m --until ${until}`,
  )
  return 1
}

function hasReached({ state }: Withdrawal, { until }: Wait): boolean {
  return goals.slice(goals.indexOf(until)).some((goal) => goal === state)
}
