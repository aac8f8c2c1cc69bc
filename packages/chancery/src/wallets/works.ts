/** Work that must not be done twice at once: whoever asks for the same thing meanwhile waits for the one result. */

export class Works<K, T> {
  readonly #going = new Map<K, Promise<T>>()

  join(key: K, work: () => Promise<T>): Promise<T> {
    const going = this.#going.get(key)
    if (going !== undefined) return going
    const begun = work().finally(() => this.#going.delete(key))
    this.#going.set(key, begun)
    return begun
  }

  has(key: K): boolean {
    return this.#going.has(key)
  }
}
