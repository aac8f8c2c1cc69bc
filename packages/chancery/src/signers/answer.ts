/** What a signer process says when it does not do what it was asked: never a value it was given. */
import { type Frame, kinds } from './frame.ts'
import { fail, SignerRefusal } from './refusal.ts'

const encoder = new TextEncoder()

/** Errors other than a SignerRefusal may quote what they were given: their text stays in the process. */
export function refusalFrame(id: number, error: unknown): Frame {
  const said = error instanceof SignerRefusal ? error : fail('internal', 'The signer process failed')
  return { id, kind: kinds[said.kind], fields: [encoder.encode(said.code), encoder.encode(said.message)] }
}
