/**
 * Verifying a stated sample, for signatures whose verification costs several signatures and that come by the thousand from
 * processes of our own: one in so many before it leaves, and all that are made over one message together, at once behind them.
 * After one that is wrong, everything is verified before it leaves, until the service is started again.
 */
import { randomInt } from 'node:crypto'
import { toHex, type Hex } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'
import type { Verifier } from '../../core/verifier.ts'
import { curveOf } from '../../curves/curves.ts'

export interface SamplingOptions {
  /** Told of the keys whose signatures were wrong, once each time; they may have left. Empty: it could not be found out. */
  readonly onWrong: (keys: readonly Hex[]) => void
  /** How long signatures over one message are gathered. Milliseconds; absent for 250. */
  readonly gathering?: number
}

interface Member {
  readonly raw: RawSignature
  readonly publicKey: PublicKey
}

interface Group {
  readonly message: Uint8Array
  readonly members: Member[]
}

/** From so many on, a check of all costs each less than the sample would. */
export const fewestTogether = 8
/** One check of so many costs 3 µs each. */
const mostTogether = 512

export function sampling(verifier: Verifier, options: SamplingOptions): Verifier {
  return new Sampling(verifier, options)
}

class Sampling implements Verifier {
  readonly #verifier: Verifier
  readonly #options: SamplingOptions
  /** Those begun in this turn of the timer, and in the last. */
  #young = new Map<string, Group>()
  #old = new Map<string, Group>()
  #timer: NodeJS.Timeout | undefined
  /** Begins anywhere, so that nobody knows whose turn it is. */
  #count = randomInt(2 ** 32)
  #distrusting = false
  #closed = false

  constructor(verifier: Verifier, options: SamplingOptions) {
    this.#verifier = verifier
    this.#options = options
  }

  normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Promise<Signature> {
    return this.#verifier.normalise(raw, message, publicKey)
  }

  together(...asked: Parameters<Verifier['together']>): Promise<boolean> {
    return this.#verifier.together(...asked)
  }

  async sampled(raw: RawSignature, message: Uint8Array, publicKey: PublicKey, oneIn: number): Promise<Signature> {
    const { shape, verifyTogether } = curveOf(publicKey.algorithm)
    if (oneIn <= 1 || this.#distrusting || !shape || !verifyTogether) return this.#proved(raw, message, publicKey)
    const signature = shape(raw)
    const size = this.#gather(raw, message, publicKey)
    if (size > fewestTogether || !this.#isNext(oneIn)) return signature
    return this.#proved(raw, message, publicKey)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#verifier.close()
  }

  #isNext(oneIn: number): boolean {
    this.#count = (this.#count + 1) % Number.MAX_SAFE_INTEGER
    return this.#count % oneIn === 0
  }

  async #proved(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Promise<Signature> {
    try {
      return await this.#verifier.normalise(raw, message, publicKey)
    } catch (error) {
      if (error instanceof RangeError) this.#distrust([publicKey])
      throw error
    }
  }

  /** How many there are over the message now. */
  #gather(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): number {
    const text = Buffer.from(message.buffer, message.byteOffset, message.length).toString('latin1')
    // Signatures of one form only can be checked together.
    const name = `${publicKey.algorithm} ${raw.bytes.length} ${text}`
    const group = this.#young.get(name) ?? this.#old.get(name) ?? this.#begin(name, message)
    const size = group.members.push({ raw, publicKey })
    if (size >= mostTogether) this.#end(name, group)
    return size
  }

  #begin(name: string, message: Uint8Array): Group {
    const group = { message, members: [] }
    this.#young.set(name, group)
    this.#timer ??= setInterval(() => this.#turn(), this.#options.gathering ?? 250).unref()
    return group
  }

  #end(name: string, group: Group): void {
    this.#young.delete(name)
    this.#old.delete(name)
    void this.#check(group)
  }

  #turn(): void {
    const ending = this.#old
    this.#old = this.#young
    this.#young = new Map()
    for (const group of ending.values()) void this.#check(group)
    if (this.#old.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Never rejects: nobody waits for it. */
  async #check({ message, members }: Group): Promise<void> {
    if (members.length < fewestTogether || this.#closed) return
    const [raws, keys] = [members.map(({ raw }) => raw), members.map(({ publicKey }) => publicKey)]
    try {
      if (await this.#verifier.together(raws, message, keys)) return
      this.#distrust(await this.#wrongOf(message, members))
    } catch {
      // No verdict is no proof.
      if (!this.#closed) this.#distrust([])
    }
  }

  async #wrongOf(message: Uint8Array, members: readonly Member[]): Promise<readonly PublicKey[]> {
    const wrong: PublicKey[] = []
    for (const { raw, publicKey } of members) {
      try {
        await this.#verifier.normalise(raw, message, publicKey)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        wrong.push(publicKey)
      }
    }
    return wrong
  }

  #distrust(keys: readonly PublicKey[]): void {
    this.#distrusting = true
    this.#options.onWrong([...new Set(keys.map(({ bytes }) => toHex(bytes)))])
  }
}
