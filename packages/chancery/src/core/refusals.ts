/** How a chain says no: every refusal names the place, what was got and what was wanted. */
import { concealWords } from '../base/concealed.ts'
import { type Code, Refused } from './errors.ts'

const longest = 80

/** What was got, as short text. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = concealWords(typeof value === 'string' ? value : (safeJson(value) ?? typeof value))
  return text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text
}

export function refusal(code: Code, detail: string, where: string, got: unknown, wanted: string): Refused {
  return new Refused(code, detail, { where, got: shown(got), wanted })
}

/** A value that its format does not allow. */
export function invalid(where: string, got: unknown, wanted: string): Refused {
  return refusal('invalid-payload', `${where} must be ${wanted}`, where, got, wanted)
}

/** A value that has another, canonical spelling. */
export function notCanonical(where: string, got: unknown, wanted: string): Refused {
  return refusal('not-canonical', `${where} is not in its canonical form: ${wanted}`, where, got, wanted)
}

/** Something that exists, is understood to exist, and is not signed here. */
export function unsupported(where: string, got: unknown, detail: string): Refused {
  return new Refused('unsupported-payload', detail, { where, got: shown(got) })
}

function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
