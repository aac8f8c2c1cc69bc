/** `chancery withdrawals list | show`: what wallets paid, and how it stands. */
import type { WithdrawalFilter } from '@chancery/client'
import { connectAsReader, readerFlags } from '../as-client.ts'
import type { Command, Given } from '../command.ts'
import { printRows } from '../output.ts'
import { everyPage } from '../paging.ts'
import { printWithdrawal, rowOf } from './show.ts'
import { told, waitFlags, waitOf } from './waiting.ts'

const wallet = 'wal_01jd5w8x6vq3k7r0m2n4p5s6tc'
const id = 'txn_01jd5w8x6vq3k7r0m2n4p5s6tc'

export const list: Command = {
  name: 'withdrawals list',
  about: "List a wallet's withdrawals and sweeps",
  takes: ['<wallet>'],
  flags: {
    state: {
      type: 'string',
      value: '<state>',
      about: 'accepted, assigned, signed, broadcast, mined, final or failed',
    },
    ...readerFlags,
  },
  examples: [`chancery withdrawals list ${wallet}`, `chancery withdrawals list ${wallet} --state failed --json`],
  run: async (given, terminal) => {
    const { withdrawals } = await connectAsReader(given, terminal)
    const filter = filterOf(given)
    const found = await everyPage(
      (page) => withdrawals.list({ ...filter, ...page }),
      (page) => page.withdrawals,
    )
    printRows(given, terminal, found, found.map(rowOf), 'It has paid nothing')
    return 0
  },
}

function filterOf(given: Given): WithdrawalFilter {
  const [name = ''] = given.words
  const state = given.text('state')
  // The service judges what is a state.
  return { wallet: name, ...(state !== undefined && { state: state as NonNullable<WithdrawalFilter['state']> }) }
}

/** Seconds. Blocks take a while. */
const longestWait = 60 * 60

export const show: Command = {
  name: 'withdrawals show',
  about: 'Show a withdrawal or sweep, or wait for it',
  takes: ['<id>'],
  flags: { ...waitFlags('60m'), ...readerFlags },
  examples: [`chancery withdrawals show ${id}`, `chancery withdrawals show ${id} --wait 30m --until mined`],
  run: async (given, terminal) => {
    const [name = ''] = given.words
    const wait = waitOf(given, longestWait)
    const { withdrawals } = await connectAsReader(given, terminal)
    if (wait !== undefined) return told(given, terminal, await withdrawals.wait(name, wait), wait)
    printWithdrawal(given, terminal, await withdrawals.get(name))
    return 0
  },
}
