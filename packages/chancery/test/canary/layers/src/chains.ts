import { parse } from './chains/evm/parse.ts' // bad: loads at once

export const chains = { evm: parse, bitcoin: () => import('./chains/bitcoin/address.ts') }
