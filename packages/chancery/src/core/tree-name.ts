/** What the trees of wallets are called, so that the service finds each, and nothing else has its name. */
import type { ChainId } from './names.ts'

/** What the names begin with: no other key is called so. */
export const treePrefix = 'wallets-'

/** Of a family's `n`th tree: once a gap in the history closed one, the next is called so with a number, from 2. */
export function treeName(family: ChainId, n = 1): string {
  return `${treePrefix}${family}${n === 1 ? '' : `-${n}`}`
}

/** Whether it is the name of one of the family's trees. */
export function isTreeName(name: string, family: ChainId): boolean {
  if (name === treeName(family)) return true
  const n = Number(name.split('-').at(-1))
  return Number.isSafeInteger(n) && n > 1 && name === treeName(family, n)
}
