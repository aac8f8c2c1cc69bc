/** Reading the register, for people and auditors. Whoever calls this has checked that the caller may. */
import type { Deadline } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import type { RegisterReader } from '../core/services.ts'
import type { Page } from '../core/page.ts'
import type { Checkpoint, Store } from '../core/store.ts'
import type { NoteVerifier } from './checkpoint.ts'
import { sourceOf } from './source.ts'
import { verifyRegister, type Verification } from './verify.ts'
import type { Witness } from './witness.ts'

export interface ReaderOptions {
  readonly store: Store
  readonly stateKey: Secret
  readonly noteKey: NoteVerifier
  readonly witness: Pick<Witness, 'seen'>
}

export interface Reader {
  /** Newest first. */
  tail(page: Page, deadline: Deadline): ReturnType<RegisterReader['tail']>
  /** The newest checkpoint; for the moment in which that is not signed yet, the newest one this process witnessed. */
  checkpoint(deadline: Deadline): Promise<Checkpoint | undefined>
  /** Reads everything: minutes for millions of entries. The deadline bounds each read, not the whole. */
  verify(deadline: Deadline): Promise<Verification>
}

export function createRegisterReader({ store, stateKey, noteKey, witness }: ReaderOptions): Reader {
  return {
    tail: (page, deadline) => store.latestEntries(page, deadline),
    checkpoint: async (deadline) => {
      const newest = await store.latestCheckpoint(deadline)
      return newest?.note === '' ? witness.seen().checkpoint : newest
    },
    verify: (deadline) =>
      verifyRegister(sourceOf(store, deadline.clock), { stateKey, noteKey, witness: witness.seen() }),
  }
}
