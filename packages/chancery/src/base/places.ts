/**
 * Numbered places for what is under way. A `Map` whose entries come and go thousands of times a second leaves its old tables
 * behind, each of which points at the next and keeps all it held: V8 copies them, and whole requests with them, to where only
 * a full collection finds them.
 */
export class Places<T extends object> {
  readonly #held: (T | undefined)[] = []
  readonly #tickets: number[] = []
  readonly #free: number[] = []
  #turn = 0

  get size(): number {
    return this.#held.length - this.#free.length
  }

  /**
   * @returns a ticket: 32 bits, never 0, and not given out again for the next 65,535 times
   * @throws RangeError where 65,536 things are under way
   */
  put(thing: T): number {
    const place = this.#free.pop() ?? this.#held.length
    if (place >= width) throw new RangeError('too many things are under way')
    this.#turn = (this.#turn % (width - 1)) + 1
    const ticket = this.#turn * width + place
    this.#held[place] = thing
    this.#tickets[place] = ticket
    return ticket
  }

  /** Frees its place. @returns what was put there for this ticket, if it still is */
  take(ticket: number): T | undefined {
    const place = ticket % width
    const thing = this.#held[place]
    if (thing === undefined || this.#tickets[place] !== ticket) return undefined
    this.#held[place] = undefined
    this.#free.push(place)
    return thing
  }

  /** Frees all. @returns what was there */
  takeAll(): readonly T[] {
    const all = this.#held.filter((thing) => thing !== undefined)
    this.#held.length = 0
    this.#free.length = 0
    return all
  }
}

const width = 2 ** 16
