/** Wallets as a whole: made, found, and paying. */
import type { Suite } from '../row.ts'
import { consolidationRows } from './wallet-consolidation.ts'
import { creationRows } from './wallet-creation.ts'
import { lookupRows } from './wallet-lookup.ts'
import { signingRows } from './wallet-signing.ts'

export const wallets: Suite = {
  name: 'wallets',
  about: 'wallets made in each tier, signatures for each coin, one wallet of a million, a PSBT of 300 inputs',
  run: async (progress) => [
    ...(await creationRows(progress)),
    ...(await signingRows(progress)),
    ...(await lookupRows(progress)),
    ...(await consolidationRows(progress)),
  ],
}
