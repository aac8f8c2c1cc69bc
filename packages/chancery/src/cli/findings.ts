/** What an examination found, on a screen. */
import type { Finding } from '@chancery/client'
import type { Given, Terminal } from './command.ts'

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const

/** @returns the exit status: 1 where something does not work */
export function printFindings(given: Given, terminal: Terminal, findings: readonly Finding[]): number {
  if (given.has('json')) terminal.out(JSON.stringify(findings, undefined, 2))
  else for (const finding of findings) print(finding, terminal)
  return findings.some(({ level }) => level === 'problem') ? 1 : 0
}

function print({ level, subject, got, advice }: Finding, terminal: Terminal): void {
  terminal.out(`${marks[level]}  ${subject}: ${got}`)
  if (advice !== undefined) terminal.out(`         ${advice}`)
}
