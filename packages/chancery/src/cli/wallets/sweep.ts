/** `chancery wallets sweep | consolidate`: what a wallet gives up to the treasury, and its coins made one. */
import type { Sweep } from '@chancery/client'
import { isoTime, systemClock } from '../../base/clock.ts'
import { clientFlags, connectAsClient } from '../as-client.ts'
import type { Command, Given } from '../command.ts'
import { feeFlags, feesOf } from '../withdrawals/amounts.ts'
import { freshKey, givenKey, keyFlags, keyOfMerge, once } from '../withdrawals/once.ts'
import { told, waitFlags, waitOf } from '../withdrawals/waiting.ts'

const wallet = 'wal_01jd5w8x6vq3k7r0m2n4p5s6tc'

const sweep: Command = {
  name: 'wallets sweep',
  about: "Move everything a wallet holds to the policy's treasury, with the API key of a client that may",
  takes: ['<wallet>'],
  flags: {
    to: { type: 'string', value: '<address>', about: "One of the treasury's addresses (default: the only one)" },
    asset: { type: 'string', value: '<asset>', about: "A symbol or CAIP-19 id (default: the wallet's own asset)" },
    ...keyFlags,
    ...feeFlags,
    ...waitFlags('60s'),
    ...clientFlags,
  },
  examples: [
    `chancery wallets sweep ${wallet}`,
    `chancery wallets sweep ${wallet} --asset USDT --wait 60s --until mined --api-key-file sweeper.key`,
  ],
  run: async (given, terminal) => {
    const [request, wait] = [requestOf(given), waitOf(given, 60)]
    const named = givenKey(given) ?? freshKey()
    const { withdrawals } = await connectAsClient(given, terminal)
    const waits = wait && { wait: wait.seconds, until: wait.until }
    const paid = await once(terminal, named, (name) => withdrawals.sweep(request, { ...name, ...waits }))
    return told(given, terminal, paid, wait)
  },
}

function requestOf(given: Given): Sweep {
  const [name = ''] = given.words
  const [to, asset] = [given.text('to'), given.text('asset')]
  return { wallet: name, ...(to !== undefined && { to }), ...(asset !== undefined && { asset }), ...feesOf(given) }
}

const consolidate: Command = {
  name: 'wallets consolidate',
  about: 'Make the coins of a wallet one, as many as a transaction holds, once a day: do it while fees are low',
  takes: ['<wallet>'],
  flags: { ...keyFlags, ...feeFlags, ...clientFlags },
  examples: [`chancery wallets consolidate ${wallet} --fee-rate 1000`],
  run: async (given, terminal) => {
    const [[name = ''], terms] = [given.words, feesOf(given)]
    const named = givenKey(given) ?? keyOfMerge(name, isoTime(systemClock.now()).slice(0, 10))
    const { withdrawals } = await connectAsClient(given, terminal)
    const paid = await once(terminal, named, (key) => withdrawals.consolidate(name, terms, key))
    return told(given, terminal, paid, undefined)
  },
}

export const walletSweepCommands: readonly Command[] = [sweep, consolidate]
