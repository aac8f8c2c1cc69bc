/** What an examination found, on a screen. */
import type { Finding } from '@chancery/client'
import type { Given, Terminal } from './command.ts'

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const

/** Of one subject. Thousands of keys without a record must not push everything else off the screen. */
const most = 50

/** @returns the exit status: 1 where something does not work */
export function printFindings(given: Given, terminal: Terminal, findings: readonly Finding[]): number {
  if (given.has('json')) terminal.out(JSON.stringify(findings, undefined, 2))
  else for (const alike of Map.groupBy(findings, ({ subject }) => subject).values()) printAlike(alike, terminal)
  return findings.some(({ level }) => level === 'problem') ? 1 : 0
}

/** As many as fit, with the number of the rest. */
function printAlike(alike: readonly Finding[], terminal: Terminal): void {
  for (const finding of alike.slice(0, most)) print(finding, terminal)
  const rest = alike.slice(most)
  const [first] = rest
  if (first !== undefined) terminal.out(`${marks[worst(rest)]}  ${first.subject}: ${rest.length} more; --json has all`)
}

function worst(findings: readonly Finding[]): Finding['level'] {
  const has = (level: Finding['level']) => findings.some((one) => one.level === level)
  if (has('problem')) return 'problem'
  return has('warning') ? 'warning' : 'ok'
}

function print({ level, subject, got, advice }: Finding, terminal: Terminal): void {
  terminal.out(`${marks[level]}  ${subject}: ${got}`)
  if (advice !== undefined) terminal.out(`         ${advice}`)
}
