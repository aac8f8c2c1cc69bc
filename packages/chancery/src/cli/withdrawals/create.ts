/** `chancery withdrawals create`: pay from a wallet, once. */
import type { Withdraw } from '@chancery/client'
import { clientFlags, connectAsClient } from '../as-client.ts'
import { UsageError, type Command, type Given } from '../command.ts'
import { baseUnits, feeFlags, feesOf } from './amounts.ts'
import { givenKey, keyFlags, keyOfPayment, once } from './once.ts'
import { told, waitFlags, waitOf } from './waiting.ts'

const payee = 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7'
const example = `chancery withdrawals create wal_01jd5w8x6vq3k7r0m2n4p5s6tc --to ${payee} --amount 150000`

export const create: Command = {
  name: 'withdrawals create',
  about: 'Pay from a wallet, with the API key of a client that may; the same command again pays nobody twice',
  takes: ['<wallet>'],
  flags: {
    to: { type: 'string', value: '<address>', about: 'Who is paid' },
    amount: { type: 'string', value: '<amount>', about: 'In base units: satoshis, wei' },
    asset: { type: 'string', value: '<asset>', about: "A symbol or CAIP-19 id (default: the wallet's own asset)" },
    ...keyFlags,
    ...feeFlags,
    ...waitFlags('60s'),
    ...clientFlags,
  },
  examples: [
    `${example} --key withdrawal-815`,
    `${example} --key withdrawal-815 --fee-rate 5000 --wait 60s --until broadcast --api-key-file exchange.key`,
  ],
  run: async (given, terminal) => {
    const [request, wait] = [requestOf(given), waitOf(given, 60)]
    const named = givenKey(given) ?? keyOfPayment(request)
    const { withdrawals } = await connectAsClient(given, terminal)
    const waits = wait && { wait: wait.seconds, until: wait.until }
    const paid = await once(terminal, named, (name) => withdrawals.create(request, { ...name, ...waits }))
    return told(given, terminal, paid, wait)
  },
}

function requestOf(given: Given): Withdraw {
  const [wallet = ''] = given.words
  const [to, amount, asset] = [given.text('to'), baseUnits(given, 'amount'), given.text('asset')]
  if (to === undefined || amount === undefined)
    throw new UsageError('Say whom it pays, and how much: give --to and --amount')
  return { wallet, to, amount, ...(asset !== undefined && { asset }), ...feesOf(given) }
}
