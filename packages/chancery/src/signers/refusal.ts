/** How a signer process says no: a code of the service's table and one fixed sentence, never a value it was given. */
import type { Code } from '../core/errors.ts'

export class SignerRefusal extends Error {
  override readonly name = 'SignerRefusal'

  constructor(kind: 'refused' | 'failed', code: Code, sentence: string) {
    super(sentence)
    this.kind = kind
    this.code = code
  }

  readonly kind: 'refused' | 'failed'
  readonly code: Code
}

export const refuse = (code: Code, sentence: string): SignerRefusal => new SignerRefusal('refused', code, sentence)
export const fail = (code: Code, sentence: string): SignerRefusal => new SignerRefusal('failed', code, sentence)
