/** What may be a private key is not repeated to whoever gave it in the wrong place. */

/** 32 bytes or more: longer than an address. Public keys and hashes are as long, and nobody misses them in an error. */
const keyLike = /(?:0x)?[0-9a-fA-F]{64,}/g
const notShown = '(64 or more hex digits, not shown)'

export type Conceal = (text: string) => string

/** Of what was typed, also where an error has cut it short: so long a beginning is no accident. */
export function concealTyped(words: readonly string[]): Conceal {
  const typed = words.flatMap((word) => word.match(keyLike) ?? [])
  if (typed.length === 0) return (text) => text
  const beginnings = typed.map((digits) => digits.replace(/^0x/, '').slice(0, 16)).join('|')
  const found = new RegExp(`(?:0x)?(?:${beginnings})[0-9a-f]*`, 'gi')
  return (text) => text.replaceAll(found, notShown)
}

/** Of what stands in a file or a variable. */
export const concealWritten: Conceal = (text) => text.replaceAll(keyLike, notShown)
