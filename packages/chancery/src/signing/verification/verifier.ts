/**
 * Where signatures are verified. One verification takes about as long as everything else the service does for a request,
 * so with a second core it has a thread of its own, and no other request waits for it.
 */
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { threadEnvironment } from '../../base/thread.ts'
import { Failed } from '../../core/errors.ts'
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'
import type { Verifier } from '../../core/verifier.ts'
import { curveOf } from '../../curves/curves.ts'
import type { Answer, Question } from './messages.ts'
import { packedKeys, packedRaws, verifyTogether } from './together.ts'

interface Waiting {
  resolve(answer: Answer): void
  reject(error: Error): void
}

export function createVerifier(): Verifier {
  return availableParallelism() > 1 ? new VerifierThread() : inPlace
}

/** In the thread that asks. */
export const inPlace: Verifier = {
  normalise: async (raw, message, publicKey) => curveOf(publicKey.algorithm).normalise(raw, message, publicKey),
  together: async (raws, message, publicKeys) => verifyTogether(raws, message, publicKeys),
  close: () => Promise.resolve(),
}

export class VerifierThread implements Verifier {
  readonly #waiting = new Map<number, Waiting>()
  #questions: Question[] = []
  readonly #thread: URL
  #worker: Worker | undefined
  #next = 0
  #closed = false

  constructor(thread = new URL(`./thread${extname(import.meta.url)}`, import.meta.url)) {
    this.#thread = thread
    this.#worker = this.#start()
  }

  normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Promise<Signature> {
    const question = { raw: { ...raw, bytes: alone(raw.bytes) }, message: alone(message), publicKey }
    return this.#answerTo((id) => ({ id, ...question })).then(signatureIn)
  }

  async together(
    raws: readonly RawSignature[],
    message: Uint8Array,
    publicKeys: readonly PublicKey[],
  ): Promise<boolean> {
    // One copy of all, where a copy of each would cost this thread 3 µs a signature.
    const packed = { ...packedRaws(raws), ...packedKeys(publicKeys), message: alone(message) }
    const answer = await this.#answerTo((id) => ({ id, ...packed }))
    if ('together' in answer) return answer.together
    throw new Failed('internal', 'failed' in answer ? answer.failed : 'The verifier answered something else')
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#closed = true
    await worker?.terminate()
    this.#rejectAll(closed())
  }

  #answerTo(ask: (id: number) => Question): Promise<Answer> {
    if (this.#closed) return Promise.reject(closed())
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const id = this.#next++
    this.#waiting.set(id, { resolve, reject })
    // Whatever is asked in the same turn goes over in one message.
    if (this.#questions.push(ask(id)) === 1) queueMicrotask(() => this.#ask())
    return promise
  }

  #start(): Worker {
    const worker = new Worker(this.#thread, { env: threadEnvironment(), execArgv: [] })
    worker.unref()
    worker.on('message', (answers: readonly Answer[]) => answers.forEach((answer) => this.#take(answer)))
    worker.once('error', (cause) => this.#lost(worker, cause))
    worker.once('exit', () => this.#lost(worker))
    return worker
  }

  /** In no caller's turn: nobody but those who wait would hear of what is thrown here, and the process would end. */
  #ask(): void {
    if (this.#closed || this.#questions.length === 0) return
    try {
      this.#worker ??= this.#start()
      this.#worker.postMessage(this.#questions)
      this.#questions = []
    } catch (cause) {
      this.#rejectAll(new Failed('internal', 'The thread that verifies signatures does not start', { cause }))
    }
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    waiting?.resolve(answer)
  }

  /** The next question starts another thread. */
  #lost(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#rejectAll(new Failed('internal', 'The thread that verifies signatures ended', { cause }))
  }

  #rejectAll(error: Failed): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#questions = []
    for (const { reject } of all) reject(error)
  }
}

function signatureIn(answer: Answer): Signature {
  if ('signature' in answer) return answer.signature
  if ('invalid' in answer) throw new RangeError(answer.invalid)
  throw new Failed('internal', 'failed' in answer ? answer.failed : 'The verifier answered something else')
}

function closed(): Failed {
  return new Failed('shutting-down', 'The verifier is closed')
}

/** Posted bytes take the whole buffer they are a part of with them. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
}
