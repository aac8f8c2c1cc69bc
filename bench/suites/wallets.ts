/** Wallets as a whole: made, found, and paying. */
import { table, type Row, type Suite } from '../row.ts'
import { consolidationRows } from './wallet-consolidation.ts'
import { creationRows } from './wallet-creation.ts'
import { lookupRows } from './wallet-lookup.ts'
import { signingRows } from './wallet-signing.ts'

export const wallets: Suite = {
  name: 'wallets',
  about: 'wallets made in each tier, signatures for each coin, one wallet of a million, a PSBT of 300 inputs',
  async run(progress) {
    const rows: Row[] = []
    for (const part of [creationRows, signingRows, lookupRows, consolidationRows]) {
      const found = await part(progress)
      // A quarter of an hour in all: what was measured is seen, whatever comes after it.
      progress(`measured\n${table(found)}`)
      rows.push(...found)
    }
    return rows
  },
}
