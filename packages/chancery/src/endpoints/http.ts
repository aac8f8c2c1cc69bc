/** What every exchange with an endpoint has that nobody here trusts. */

/** The endpoint's door did not let the question in: nothing was asked, so nothing was done. */
export class Busy extends Error {
  override readonly name = 'Busy'
}

/** @throws Error for a body of more than `largest` bytes */
export async function readBounded(
  { body }: { readonly body: AsyncIterable<Uint8Array> | null },
  largest: number,
): Promise<string> {
  if (body === null) return ''
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > largest) throw new Error(`its answer is larger than ${largest} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The header for user and password of a URL: `fetch` refuses URLs with credentials in them, and providers hand them out so. */
export function basicCredentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** A node's words for people: on one line, without what a terminal would obey, and not endless. */
export function cleaned(words: string): string {
  return words
    .slice(0, 2_000)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
}
