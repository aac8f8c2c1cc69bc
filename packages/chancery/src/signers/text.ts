/** Text that is imported, inside a process that ends with the import. */
import { refuse } from './refusal.ts'

/** @throws SignerRefusal `invalid-payload` */
export function textIn(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw refuse('invalid-payload', `The ${what} is not UTF-8 text`)
  }
}
