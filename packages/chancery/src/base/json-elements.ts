/** Large JSON texts, without holding them: the elements of one array of an object, one at a time, and all that is around them. */

export type JsonPiece =
  /** The text of one element of the array; not yet parsed, so it may be no JSON at all. */
  | { readonly kind: 'element'; readonly text: string }
  /** Once, at the end: the text without the elements. */
  | { readonly kind: 'rest'; readonly text: string }

/**
 * Cuts the text of an object at the elements of its member `name`. Only cuts: what is wrong with the text is still wrong with
 * the pieces, and whoever parses them finds it. A member of that name twice, or one that is no array, stays in the rest.
 */
export async function* jsonElements(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
): AsyncGenerator<JsonPiece, void, undefined> {
  const cutter = new Cutter(name)
  for await (const chunk of chunks) {
    for (const text of cutter.push(chunk)) yield { kind: 'element', text }
  }
  yield { kind: 'rest', text: cutter.rest() }
}

/** Numbers of characters: a comparison of numbers costs a third of one of texts, over 100 MB. */
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])

class Cutter {
  readonly #name: string
  #rest = ''
  #element = ''
  #depth = 0
  #inString = false
  #escaped = false
  /** The text of the last string beside the members of the object itself. */
  #last = ''
  #inside = false
  /** Whether anything stood before the end of the array: an empty one has no element. */
  #any = false

  constructor(name: string) {
    this.#name = name
  }

  /** @returns the elements that ended in this chunk */
  push(chunk: string): readonly string[] {
    const ended: string[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at)
      if (this.#inString) this.#string(code, chunk, at)
      else if (code === quote) this.#inString = this.#begin()
      else if (code === comma || code === colon || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d) {
        from = this.#structure(code, chunk, from, at, ended)
      }
    }
    this.#keep(chunk.slice(from))
    return ended
  }

  rest(): string {
    // An array that never ended leaves its beginning here, which is no JSON.
    return this.#rest
  }

  #begin(): true {
    if (this.#depth === 1) this.#last = ''
    return true
  }

  #string(code: number, chunk: string, at: number): void {
    if (this.#escaped) this.#escaped = false
    else if (code === backslash) this.#escaped = true
    else if (code === quote) this.#inString = false
    if (this.#inString && this.#depth === 1 && this.#last.length <= this.#name.length) this.#last += chunk[at] ?? ''
  }

  /** @returns from where on the chunk is not yet kept */
  #structure(code: number, chunk: string, from: number, at: number, ended: string[]): number {
    if (this.#inside && this.#depth === 2 && (code === comma || code === 0x5d)) {
      this.#keep(chunk.slice(from, at))
      this.#end(code, ended)
      if (code === comma) return at + 1
      this.#inside = false
      this.#depth -= 1
      return at
    }
    if (opening.has(code)) {
      this.#depth += 1
      if (this.#depth === 2 && code === 0x5b && this.#last === this.#name && !this.#inside) {
        this.#keep(chunk.slice(from, at + 1))
        this.#inside = true
        return at + 1
      }
    } else if (closing.has(code)) this.#depth -= 1
    else if (code === comma && this.#depth === 1) this.#last = ''
    return from
  }

  #end(code: number, ended: string[]): void {
    const text = this.#element.trim()
    if (code === comma || text !== '' || this.#any) ended.push(text)
    this.#any = code === comma
    this.#element = ''
  }

  #keep(text: string): void {
    if (this.#inside) this.#element += text
    else this.#rest += text
  }
}
