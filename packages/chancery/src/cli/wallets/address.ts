/** `chancery wallets address`: where a wallet is paid. */
import type { DepositAddress } from '@chancery/client'
import type { Command } from '../command.ts'
import { connect } from '../connection.ts'
import { printOne, printRows, type Row } from '../output.ts'
import { everyPage } from '../paging.ts'

export const addressCommand: Command = {
  name: 'wallets address',
  about: "List a wallet's addresses, or give it one more for deposits",
  takes: ['<wallet>'],
  flags: { new: { type: 'boolean', about: 'One more: of wallets of the tier hd on chains of coins' } },
  examples: [
    'chancery wallets address wal_01jd5w8x6vq3k7r0m2n4p5s6tc',
    'chancery wallets address wal_01jd5w8x6vq3k7r0m2n4p5s6tc --new',
  ],
  run: async (given, terminal) => {
    const [wallet = ''] = given.words
    const { wallets } = connect(given, terminal)
    if (given.has('new')) {
      const made = await wallets.newAddress(wallet)
      printOne(given, terminal, made, rowOf(made))
      return 0
    }
    const found = await everyPage(
      (page) => wallets.addresses(wallet, page),
      (page) => page.addresses,
    )
    printRows(given, terminal, found, found.map(rowOf), 'It has no address yet')
    return 0
  },
}

function rowOf({ address, derivationPath: path, change, createdAt: made }: DepositAddress): Row {
  return { address, path, for: change ? 'change' : 'deposits', made }
}
