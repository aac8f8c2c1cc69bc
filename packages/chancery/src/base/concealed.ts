/** Words that may be a private key written down: twelve of a list or more, in a row. Nothing shorter is one (BIP-39). */
const wordsLike = /(?:\b[a-z]{3,8}[\s,"']+){11,}[a-z]{3,8}\b/g

/** The runs of such words in a text. */
export function wordRuns(text: string): readonly string[] {
  return text.match(wordsLike) ?? []
}

/** The text without them: whoever sends words to the wrong place must not find them in a log. */
export function concealWords(text: string): string {
  return text.replaceAll(wordsLike, '(twelve or more words, not shown)')
}
