/** `chancery doctor`: what is wrong, and what to do about it. */
import type { Command } from './command.ts'
import { connect } from './connection.ts'

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const

export const doctorCommand: Command = {
  name: 'doctor',
  about: 'Examine configuration, permissions, keys, nodes, clock, swap, store and witness',
  takes: [],
  flags: {},
  examples: ['chancery doctor', 'chancery doctor --json'],
  run: async (given, terminal) => {
    const findings = await connect(given, terminal).doctor()
    if (given.has('json')) terminal.out(JSON.stringify(findings, undefined, 2))
    for (const { level, subject, got, advice } of given.has('json') ? [] : findings) {
      terminal.out(`${marks[level]}  ${subject}: ${got}`)
      if (advice !== undefined) terminal.out(`         ${advice}`)
    }
    return findings.some(({ level }) => level === 'problem') ? 1 : 0
  },
}
