/** Branches of trees, given out one after the other. The store refuses what another process gave out; none is given twice. */
import { hardened } from '../curves/bip32.ts'
import { Refused } from '../core/errors.ts'
import type { KeyId } from '../core/names.ts'

export class Accounts {
  readonly #given = new Map<KeyId, number>()

  /** The next after `highest`, which the store has, and after all that were given out here. @throws Refused `limit-reached` */
  next(tree: KeyId, highest: number | undefined): number {
    const account = Math.max(highest ?? -1, this.#given.get(tree) ?? -1) + 1
    if (account >= hardened) throw new Refused('limit-reached', 'This tree has no branch left: 2^31 are given out')
    this.#given.set(tree, account)
    return account
  }
}
