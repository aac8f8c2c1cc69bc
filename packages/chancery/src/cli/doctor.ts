/** `chancery doctor`: what is wrong, and what to do about it. */
import type { Command } from './command.ts'
import { connect } from './connection.ts'
import { printFindings } from './findings.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  about: 'Examine configuration, permissions, keys, nodes, clock, swap, store and witness',
  takes: [],
  flags: {},
  examples: ['chancery doctor', 'chancery doctor --json'],
  run: async (given, terminal) => printFindings(given, terminal, await connect(given, terminal).doctor()),
}
