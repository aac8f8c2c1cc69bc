/** The signer processes of one program. One key, one process: its memory of claims is whole. */
import { Failed } from '../../core/errors.ts'
import type { KeyId } from '../../core/names.ts'
import type { Lane } from '../../signers/lane.ts'

export class Pool {
  readonly #start: () => Lane
  readonly #count: number
  #lanes: readonly Lane[] | undefined
  #closed = false

  constructor(start: () => Lane, count: number) {
    this.#start = start
    this.#count = count
  }

  /** Those that were started. */
  get lanes(): readonly Lane[] {
    return this.#lanes ?? []
  }

  start(): readonly Lane[] {
    if (this.#closed) throw new Failed('shutting-down', 'The key back-end is closed')
    this.#lanes ??= Array.from({ length: this.#count }, this.#start)
    return this.#lanes
  }

  /** Ids end in random base 32. */
  lane(id: KeyId): Lane {
    const lanes = this.start()
    const number = Number.parseInt(id.slice(-5), 36) || 0
    const lane = lanes[number % lanes.length]
    if (lane === undefined) throw new Failed('backend-unavailable', 'There is no signer process')
    return lane
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.lanes.map((lane) => lane.close()))
  }
}
