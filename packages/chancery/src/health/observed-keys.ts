/** Keys and wallets with a meter around them: whose key signed, what was made, and who asked for an end. */
import type { Clock } from '../base/clock.ts'
import { Refused } from '../core/errors.ts'
import type { Keyring } from '../core/keyring.ts'
import { dutyOperations, type Operation } from '../core/names.ts'
import type { SigningFlow, SignReply, SignRequest } from '../core/services.ts'
import type { Ending, WalletWatch } from '../core/watching.ts'
import type { KeyUse, KeyUseMeter } from './key-use-meter.ts'

/** Counted by operation alone: they come by the thousand, and all are of one family and back-end. */
const duties: ReadonlySet<Operation> = new Set(dutyOperations)

/** `whose` knows keys by any of their names; what it does not know is counted by operation alone. */
export function observedKeyUses(
  flow: SigningFlow,
  meter: Pick<KeyUseMeter, 'used'>,
  whose: (key: string) => KeyUse | undefined,
  clock: Clock,
): SigningFlow {
  const timed = (request: SignRequest, sign: () => Promise<SignReply>): Promise<SignReply> => {
    const use = duties.has(request.operation) ? undefined : whose(request.key)
    if (use === undefined) return sign()
    const began = clock.monotonic()
    const took = () => clock.monotonic() - began
    return sign().then(
      (reply) => (meter.used(use, 'signed', took()), reply),
      (error: unknown) => {
        meter.used(use, error instanceof Refused ? 'refused' : 'failed', took())
        throw error
      },
    )
  }
  return {
    ...flow,
    sign: (request, call) => timed(request, () => flow.sign(request, call)),
    signOwn: (request, call, own) => timed(request, () => flow.signOwn(request, call, own)),
    signJoined: (request, call, joined, own) => timed(request, () => flow.signJoined(request, call, joined, own)),
  }
}

/** Deletions that were refused too: they are the ones to look at. */
export function observedKeyring(keyring: Keyring, watch: Pick<WalletWatch, 'deletionAsked'>): Keyring {
  const ended = (ending: Ending) => watch.deletionAsked('key', ending)
  return {
    ...keyring,
    scheduleDeletion: (name, days, call, how) => told(ended, keyring.scheduleDeletion(name, days, call, how)),
    purge: (name, call) => told(ended, keyring.purge(name, call)),
  }
}

/** Says how it ended, and passes it on as it was. */
async function told<T>(tell: (ending: Ending) => void, work: Promise<T>): Promise<T> {
  try {
    const result = await work
    tell('done')
    return result
  } catch (error) {
    tell(error instanceof Refused ? 'refused' : 'failed')
    throw error
  }
}
