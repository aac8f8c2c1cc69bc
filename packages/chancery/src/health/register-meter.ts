/** What becomes durable before a signature: how long that took those who waited, and how it shared rounds. */
import { histogramText, Times, totalText } from './tally.ts'

/** What slashing protection watches; `other` is everything else that is recorded before it is signed. */
export type Recording = 'block' | 'attestation' | 'other'

export interface RegisterMeter {
  /** So many duties of a kind, or one thing of another, stand in the register now. */
  recorded(kind: Recording, count: number, milliseconds: number): void
  /** A round of so many items came back from the store, whatever became of it. */
  exchanged(items: number, milliseconds: number): void
  /** A round waited for signer processes that had enough to do. */
  heldBack(): void
  /** By kind: how many were permitted, and what that took. */
  readonly kinds: Readonly<Record<Recording, { readonly times: Times; count: number }>>
  text(): string
}

export function createRegisterMeter(): RegisterMeter {
  const one = () => ({ times: new Times(), count: 0 })
  const [kinds, rounds] = [{ block: one(), attestation: one(), other: one() }, one()]
  let held = 0
  return {
    kinds,
    recorded(kind, count, milliseconds) {
      kinds[kind].count += count
      kinds[kind].times.observe(milliseconds)
    },
    exchanged(items, milliseconds) {
      rounds.count += items
      rounds.times.observe(milliseconds)
    },
    heldBack: () => void (held += 1),
    text: () =>
      [
        histogramText(
          'chancery_record_seconds',
          'Time until what will be signed was durable, waiting for its round included',
          Object.entries(kinds).map(([kind, { times }]) => ({ labels: `kind="${kind}"`, times })),
        ),
        histogramText('chancery_register_round_seconds', 'Time a round took in the store', [{ labels: '', ...rounds }]),
        totalText('chancery_register_items_total', 'Items of all rounds', rounds.count),
        totalText('chancery_register_held_back_total', 'Rounds that waited for busy signer processes', held),
      ].join(''),
  }
}
