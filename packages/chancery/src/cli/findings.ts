/** What an examination found, on a screen. */
import type { Finding } from '@chancery/client'
import type { Given, Terminal } from './command.ts'

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const

/** Of one subject. Thousands of keys without a record must not push everything else off the screen. */
const mostShown = 50

const worstFirst: readonly Finding['level'][] = ['problem', 'warning', 'ok']

/** @returns the exit status: 1 where something does not work */
export function printFindings(given: Given, terminal: Terminal, findings: readonly Finding[]): number {
  if (given.has('json')) terminal.out(JSON.stringify(findings, undefined, 2))
  else for (const alike of Map.groupBy(findings, ({ subject }) => subject).values()) printAlike(alike, terminal)
  return findings.some(({ level }) => level === 'problem') ? 1 : 0
}

/** As many as fit, the worst first, with the number of the rest. */
function printAlike(alike: readonly Finding[], terminal: Terminal): void {
  const sorted = alike.toSorted((a, b) => worstFirst.indexOf(a.level) - worstFirst.indexOf(b.level))
  for (const finding of sorted.slice(0, mostShown)) print(finding, terminal)
  const rest = sorted.slice(mostShown)
  const [first] = rest
  if (first !== undefined) terminal.out(`${marks[first.level]}  ${first.subject}: ${rest.length} more; --json has all`)
}

function print({ level, subject, got, advice }: Finding, terminal: Terminal): void {
  terminal.out(`${marks[level]}  ${subject}: ${got}`)
  if (advice !== undefined) terminal.out(`         ${advice}`)
}
