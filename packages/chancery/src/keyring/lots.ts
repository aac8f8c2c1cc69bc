/** Gathers what arrives one by one, and hands it out many at a time. */
import type { Clock } from '../base/clock.ts'

export interface LotOptions {
  readonly most: number
  /** Milliseconds the first of a lot waits for others. */
  readonly patience: number
  readonly clock: Clock
}

export class Lots<T> {
  readonly #options: LotOptions
  #gathered: T[] = []
  #since = 0
  #ended = false
  #wake = (): void => {}

  constructor(options: LotOptions) {
    this.#options = options
  }

  push(one: T): void {
    if (this.#gathered.length === 0) this.#since = this.#options.clock.monotonic()
    if (this.#gathered.push(one) === 1 || this.#gathered.length >= this.#options.most) this.#wake()
  }

  /** What is there is the last lot. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Ends after `end`, when all was handed out. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly T[]> {
    for (;;) {
      while (!this.#due()) await this.#woken()
      const lot = this.#gathered.splice(0, this.#options.most)
      if (lot.length === 0) return
      this.#since = this.#options.clock.monotonic()
      yield lot
    }
  }

  #due(): boolean {
    return this.#ended || this.#gathered.length >= this.#options.most || this.#left() <= 0
  }

  #left(): number {
    if (this.#gathered.length === 0) return Infinity
    return this.#since + this.#options.patience - this.#options.clock.monotonic()
  }

  async #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const left = this.#left()
    const timer = left === Infinity ? undefined : setTimeout(resolve, left)
    await promise
    clearTimeout(timer)
  }
}
