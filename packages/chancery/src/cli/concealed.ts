/** What may be a private key is not repeated to whoever gave it in the wrong place. */
import { concealWords, wordRuns } from '../base/concealed.ts'

/** 32 bytes or more: longer than an address. Public keys and hashes are as long, and nobody misses them in an error. */
const keyLike = /(?:0x)?[0-9a-fA-F]{64,}/g
const notShown = '(64 or more hex digits, not shown)'

const wordNotShown = '(a word, not shown)'
/** What stands in front of them, and is needed to say what was wrong. */
const ours: ReadonlySet<string> = new Set(['chancery', 'algorand', 'keys', 'import', 'create'])

export type Conceal = (text: string) => string

/** Of what was typed, also where an error has cut it short: so long a beginning is no accident. */
export function concealTyped(words: readonly string[]): Conceal {
  const typed = words.flatMap((word) => word.match(keyLike) ?? [])
  const written = wordRuns(words.join(' '))
    .flatMap((run) => run.match(/[a-z]+/g) ?? [])
    .filter((word) => !ours.has(word))
  const concealKeys = typed.length === 0 ? undefined : concealBeginnings(typed)
  const concealWords = written.length === 0 ? undefined : concealEach(written)
  return (text) => [concealKeys, concealWords].reduce((shown, conceal) => conceal?.(shown) ?? shown, text)
}

function concealBeginnings(typed: readonly string[]): Conceal {
  const beginnings = typed.map((digits) => digits.replace(/^0x/, '').slice(0, 16)).join('|')
  const found = new RegExp(`(?:0x)?(?:${beginnings})[0-9a-f]*`, 'gi')
  return (text) => text.replaceAll(found, notShown)
}

function concealEach(words: readonly string[]): Conceal {
  const found = new RegExp(`\\b(?:${[...new Set(words)].join('|')})\\b`, 'g')
  return (text) => text.replaceAll(found, wordNotShown)
}

/** Of what stands in a file or a variable. */
export const concealWritten: Conceal = (text) => concealWords(text.replaceAll(keyLike, notShown))
