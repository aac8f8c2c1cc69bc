/** `chancery doctor`: what is wrong, and what to do about it. */
import type { Client } from '@chancery/client'
import type { Command, Terminal } from './command.ts'
import { connect } from './connection.ts'
import { printFindings } from './findings.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  about: 'Examine configuration, permissions, keys, nodes, clock, swap, store and witness',
  takes: [],
  flags: {
    wait: {
      type: 'boolean',
      about: 'Wait until the look for keys that no record names has ended, and say how far it is',
    },
  },
  examples: ['chancery doctor', 'chancery doctor --wait', 'chancery doctor --json'],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    if (given.has('wait')) await waitForLook(client, terminal)
    return printFindings(given, terminal, await client.doctor())
  },
}

/** Each answer takes the service some seconds, so that it is told now and then how far it is. */
async function waitForLook(client: Client, { note }: Terminal): Promise<void> {
  for (;;) {
    const { looking, looked, of } = await client.orphanKeys()
    if (!looking) return
    note(of === 0 ? 'Listing the keys of the account' : `Looked at ${looked} of ${of} keys`)
  }
}
