/** `chancery algorand list`, `address` and `test`: looking, and trying out. */
import type { AccountTested } from '@chancery/client'
import { UsageError, type Command } from '../command.ts'
import { connect } from '../connection.ts'
import { printOne, printRows } from '../output.ts'
import { everyPage } from '../paging.ts'
import { keyOf, networkFlag, networkOf, requireExpected } from './names.ts'
import { accountOf, accountRows } from './show.ts'

export const list: Command = {
  name: 'algorand list',
  about: 'List accounts with where their keys are, balance and authority; decrypts nothing',
  takes: [],
  flags: {},
  examples: ['chancery algorand list', 'chancery algorand list --json'],
  run: async (given, terminal) => {
    const accounts = await everyPage(connect(given, terminal).accounts.list, (page) => page.accounts)
    const mine = accounts.filter(({ key }) => key.family === 'algorand')
    printRows(given, terminal, mine, accountRows(mine), 'No accounts yet. Make one with: chancery algorand create')
    return 0
  },
}

export const address: Command = {
  name: 'algorand address',
  about: 'Print the address of an account, and nothing else',
  takes: ['[name]'],
  flags: networkFlag,
  examples: ['chancery algorand address confio-testnet-sponsor'],
  run: async (given, terminal) => {
    const { key } = await connect(given, terminal).keys.get(keyOf(given, terminal))
    const account = accountOf(key)
    requireExpected(account, given, terminal)
    terminal.out(given.has('json') ? JSON.stringify({ address: account }) : account)
    return 0
  },
}

export const test: Command = {
  name: 'algorand test',
  about: 'Pay nothing from an account to itself: signed and verified, and sent if asked to',
  takes: ['[name]'],
  flags: {
    ...networkFlag,
    'dry-run': { type: 'boolean', about: 'Sign and verify, and send nothing (the default)' },
    submit: { type: 'boolean', about: 'Send it and wait until it is confirmed' },
  },
  examples: ['chancery algorand test confio-testnet-sponsor', 'chancery algorand test confio-testnet-sponsor --submit'],
  run: async (given, terminal) => {
    if (given.has('dry-run') && given.has('submit')) throw new UsageError('Give --dry-run or --submit, not both')
    const network = networkOf(given, terminal)
    const submit = given.has('submit')
    const tested = await connect(given, terminal).accounts.test(keyOf(given, terminal), {
      submit,
      ...(network && { network }),
    })
    printOne(given, terminal, tested, testedRow(tested))
    return 0
  },
}

function testedRow({ account, network, id, round }: AccountTested) {
  return {
    account,
    network,
    transaction: id,
    result: round === undefined ? 'signed and verified; not sent' : `confirmed in round ${round}`,
  }
}
