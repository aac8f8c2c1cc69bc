/** What back-ends call the requests that a change of a key took: on record, so that their own log can be held against it. */
import { isoTime } from '../base/clock.ts'
import { actorOf } from '../core/access.ts'
import type { Heard } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import type { KeyId } from '../core/names.ts'
import type { KeyringRooms } from './rooms.ts'

/** A change takes a handful; whoever asks again and again while AWS cannot see yet needs no more of them on record. */
const most = 32

/** The change that the requests belong to: `key.disable`. */
type Asked = { readonly key: KeyId; readonly action: string }

/**
 * Asks a back-end, and puts its requests on record, whatever came of them: what failed half way stands nowhere else. The entry
 * trails: nobody waits for it, and a change whose requests are not on record fits by key and time.
 */
export async function noting<T>(
  { recorder, clock }: KeyringRooms,
  asked: Asked,
  call: Call,
  work: (heard: Heard) => Promise<T>,
): Promise<T> {
  const evidence: string[] = []
  try {
    return await work((request) => void (evidence.length < most && evidence.push(request)))
  } finally {
    const [time, actor] = [isoTime(clock.now()), actorOf(call.principal)]
    const body = { kind: 'notice', what: 'requests', time, actor, ...asked, evidence } as const
    if (evidence.length > 0) recorder.trail({ bodies: [body], guards: [], signs: false })
  }
}
