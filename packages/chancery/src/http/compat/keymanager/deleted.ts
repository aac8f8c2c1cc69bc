/** The answer about deleted keys, which may be larger than any other: written and sent in pieces, between which duties are signed. */
import { Readable } from 'node:stream'
import type { Clock } from '../../../base/clock.ts'
import { createPause } from '../../../base/pause.ts'
import type { Interchange, InterchangeValidator } from '../../../core/validators.ts'

/** Characters in a piece. */
const large = 64 * 1024
/** Signed duties written down at once. */
const some = 250

/** `data` as it is, and the history as text, as the Keymanager API has it: JSON within JSON. */
export function deletedReply(data: readonly object[], history: Interchange, clock: Clock): Readable {
  return Readable.from(pieces(data, history, clock))
}

async function* pieces(data: readonly object[], history: Interchange, clock: Clock): AsyncGenerator<string> {
  const pause = createPause(clock)
  let text = `{"data":${JSON.stringify(data)},"slashing_protection":"`
  for (const piece of textOf(history)) {
    text += inString(piece)
    await pause()
    if (text.length < large) continue
    yield text
    text = ''
  }
  yield `${text}"}`
}

function inString(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function* textOf({ metadata, data }: Interchange): Generator<string> {
  yield `{"metadata":${JSON.stringify(metadata)},"data":[`
  for (const [index, validator] of data.entries()) {
    if (index > 0) yield ','
    yield* validatorText(validator)
  }
  yield ']}'
}

function* validatorText(validator: InterchangeValidator): Generator<string> {
  yield `{"pubkey":${JSON.stringify(validator.pubkey)},"signed_blocks":[`
  yield* itemsText(validator.signed_blocks)
  yield '],"signed_attestations":['
  yield* itemsText(validator.signed_attestations)
  yield ']}'
}

function* itemsText(items: readonly object[]): Generator<string> {
  for (let at = 0; at < items.length; at += some) {
    const text = JSON.stringify(items.slice(at, at + some)).slice(1, -1)
    yield at === 0 ? text : `,${text}`
  }
}
