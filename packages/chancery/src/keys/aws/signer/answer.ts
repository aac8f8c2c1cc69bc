/** What the AWS signer process says when it does not do what it was asked. AWS's own texts stay in the process. */
import { utf8 } from '../../../base/bytes.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import { refusalFrame } from '../../../signers/answer.ts'
import { type Frame, kinds } from '../../../signers/frame.ts'
import { encodeJson } from './questions.ts'

/** The sentences of `errors.ts` name calls, keys and parameters, never a value: they may go out, with what to do about it. */
export function noFrame(id: number, error: unknown): Frame {
  if (!(error instanceof Refused || error instanceof Failed)) return refusalFrame(id, error)
  const { hint, retryAfter } = error.particulars
  const particulars = encodeJson({
    ...(hint !== undefined && { hint }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
  const kind = error instanceof Refused ? kinds.refused : kinds.failed
  return { id, kind, fields: [utf8(error.code), utf8(error.message), particulars] }
}
