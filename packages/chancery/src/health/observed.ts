/** Parts of the house with a meter around them: none of them knows that it is measured. */
import type { Clock } from '../base/clock.ts'
import { Failed, Refused, type Code } from '../core/errors.ts'
import type { SignOperation } from '../core/names.ts'
import type { Recorder, RecordItem } from '../core/recorder.ts'
import type { SigningFlow, SignReply } from '../core/services.ts'
import type { RoundStore } from '../core/store.ts'
import type { Verifier } from '../core/verifier.ts'
import type { Recording, RegisterMeter } from './register-meter.ts'
import type { SigningMeter } from './signing-meter.ts'

export function observedSigning(
  flow: SigningFlow,
  meters: { readonly signing: Pick<SigningMeter, 'signed' | 'unsigned'>; missing(): void },
  clock: Clock,
): SigningFlow {
  const { signing: meter } = meters
  const unsigned = (operation: SignOperation, error: unknown): Code => {
    const code = error instanceof Refused || error instanceof Failed ? error.code : 'internal'
    meter.unsigned(operation, error instanceof Refused ? 'refused' : 'failed', code)
    return code
  }
  const timed = (operation: SignOperation, signing: Promise<SignReply>): Promise<SignReply> => {
    const began = clock.monotonic()
    return signing.then(
      (reply) => (meter.signed(operation, clock.monotonic() - began), reply),
      (error: unknown) => {
        unsigned(operation, error)
        throw error
      },
    )
  }
  return {
    sign: (request, call) => timed(request.operation, flow.sign(request, call)),
    signOwn: (request, call, own) => timed(request.operation, flow.signOwn(request, call, own)),
    signJoined: (request, call, joined, own) => timed(request.operation, flow.signJoined(request, call, joined, own)),
    judge: (request, call) => flow.judge(request, call),
    judgeOwn: (request, call, own) => flow.judgeOwn(request, call, own),
    async signMany(request, call) {
      const began = clock.monotonic()
      const answers = await flow.signMany(request, call)
      const took = clock.monotonic() - began
      for (const answer of answers) {
        if ('reply' in answer) meter.signed(request.operation, took)
        else if (unsigned(request.operation, answer.error) === 'key-not-found') meters.missing()
      }
      return answers
    },
  }
}

/** Of what will be signed alone: changes, refusals and outcomes keep nobody waiting for a signature. */
export function observedRecorder(recorder: Recorder, meter: Pick<RegisterMeter, 'recorded'>, clock: Clock): Recorder {
  return {
    trail: (item) => recorder.trail(item),
    trailOutcome: (attempt, hashes) => recorder.trailOutcome(attempt, hashes),
    record(item, deadline) {
      if (!item.signs) return recorder.record(item, deadline)
      const began = clock.monotonic()
      return recorder.record(item, deadline).then((recorded) => {
        if (recorded.status === 'recorded') note(meter, item, clock.monotonic() - began)
        return recorded
      })
    },
  }
}

function note(meter: Pick<RegisterMeter, 'recorded'>, { duties = [] }: RecordItem, took: number): void {
  const kind: Recording = duties[0]?.kind ?? 'other'
  meter.recorded(kind, Math.max(1, duties.length), took)
}

export function observedRounds(store: RoundStore, meter: Pick<RegisterMeter, 'exchanged'>, clock: Clock): RoundStore {
  return {
    segmentHash: (position, deadline) => store.segmentHash(position, deadline),
    async commit(round, deadline) {
      const began = clock.monotonic()
      try {
        return await store.commit(round, deadline)
      } finally {
        meter.exchanged(round.items.length, clock.monotonic() - began)
      }
    },
  }
}

export function observedVerifier(verifier: Verifier, meter: Pick<SigningMeter, 'verified'>): Verifier {
  return {
    normalise(raw, message, publicKey) {
      meter.verified()
      return verifier.normalise(raw, message, publicKey)
    },
    async together(raws, message, publicKeys) {
      for (const _ of raws) meter.verified()
      return verifier.together(raws, message, publicKeys)
    },
    close: () => verifier.close(),
  }
}
