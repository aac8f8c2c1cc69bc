/** Validator clients that keep asking, log every answer, and ask again for what was not answered. */
import { PublicKey, Signature, verify } from '@chainsafe/blst'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as passed } from 'node:timers/promises'
import type { ClientLine } from '../invariants/client-log.ts'
import type { WriteLine } from '../client-recorder.ts'
import { bodyOf, network, rootOf, signingRootOf, type Duty, type Root } from './network.ts'
import type { Question } from './questions.ts'

export interface Load {
  /** Of each answer by its code; `signed` for signatures. */
  readonly codes: Map<string, number>
  /** Milliseconds of the soonest answer with each code. */
  readonly soonest: Map<string, number>
  /** Milliseconds of the slowest answer since it was last set to 0. */
  slowest: number
  readonly open: Set<Question>
  readonly done: Question[]
  /** Signatures that do not verify. */
  readonly wrong: string[]
  /** Keeps asking with so many workers until it is told to stop. */
  ask(url: string, workers: number, stop: AbortSignal): Promise<void>
  /** Asks for everything open again, each with a rival, and for some of what was answered. */
  askAgain(url: string, sample: number): Promise<void>
  /** @returns the code of each key's answer */
  askOne(url: string, question: Question, credential?: Credential): Promise<readonly string[]>
  close(): void
}

/** Who asks; without one it is somebody on this machine, who may sign duties. */
export interface Credential {
  readonly name: string
  readonly apiKey: string
  readonly granted: boolean
}

/** One key's part of an answer. */
interface Answer {
  readonly key: Root
  readonly signature?: string
  readonly code?: string
}

/** Answers that settle a question for good; after any other it is asked again. */
const final: readonly string[] = ['signed', 'conflicts-with-earlier']
/** Milliseconds a worker rests before it asks again, so that a refusing service is not flooded. */
const rest = 20

export function createLoad(next: () => readonly Question[], write: WriteLine, random: () => number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const load: Load = {
    codes: new Map(),
    soonest: new Map(),
    slowest: 0,
    open: new Set(),
    done: [],
    wrong: [],
    ask: async (url, workers, stop) => {
      const worker = async () => {
        while (!stop.aborted) {
          await askUntilSettled(load, url, next(), stop)
        }
      }
      await Promise.all(Array.from({ length: workers }, worker))
    },
    askAgain: async (url, sample) => {
      const earlier = Array.from({ length: sample }, () => load.done[Math.floor(random() * load.done.length)])
      const again = [...load.open, ...earlier.filter((one) => one !== undefined)]
      const all = again.flatMap((one) => (random() < 0.5 ? [one, rivalOf(one)] : [rivalOf(one), one]))
      await Promise.all(all.map((one) => load.askOne(url, one)))
    },
    askOne: async (url, question, credential) => {
      const began = performance.now()
      const answers = await ask(agent, url, question, credential)
      const took = performance.now() - began
      load.slowest = Math.max(load.slowest, took)
      const codes = answers.map(({ code = 'signed' }) => code)
      for (const one of answers) write(lineOf(question.duty, one, credential))
      for (const code of codes) load.codes.set(code, (load.codes.get(code) ?? 0) + 1)
      for (const code of codes) load.soonest.set(code, Math.min(load.soonest.get(code) ?? took, took))
      if (codes.every((code) => final.includes(code)) && load.open.delete(question)) load.done.push(question)
      load.wrong.push(...answers.filter((one) => isWrong(question.duty, one)).map(({ key }) => key))
      return codes
    },
    close: () => agent.destroy(),
  }
  return load
}

/** As clients do: what was refused for no fault of its own is asked again. */
async function askUntilSettled(load: Load, url: string, asked: readonly Question[], stop: AbortSignal): Promise<void> {
  for (const one of asked) load.open.add(one)
  for (let left = asked; left.length > 0 && !stop.aborted; left = asked.filter((one) => load.open.has(one))) {
    if (left !== asked) await passed(rest)
    await Promise.all(left.map((one) => load.askOne(url, one)))
  }
}

/** The same slot, or the same target, with another root. */
export function rivalOf({ keys, duty }: Question): Question {
  if (duty.kind === 'block') return { keys, duty: { ...duty, body: rootOf(`rival of ${duty.body}`) } }
  return { keys, duty: { ...duty, head: rootOf(`rival of ${duty.head}`) } }
}

function isWrong(duty: Duty, { key, signature }: Answer): boolean {
  if (signature === undefined) return false
  const root = Buffer.from(signingRootOf(duty).slice(2), 'hex')
  return !verify(root, PublicKey.fromHex(key, true), Signature.fromHex(signature, true))
}

function lineOf(duty: Duty, { key, signature, code }: Answer, by?: Credential): Omit<ClientLine, 'time'> {
  const numbers =
    duty.kind === 'block' ? { slot: String(duty.slot) } : { source: String(duty.source), target: String(duty.target) }
  const outcome = signature === undefined ? { code: code ?? 'unknown' } : { response: signature }
  const { name, granted } = by ?? { name: 'somebody on this machine', granted: true }
  return { client: name, granted, route: 'sign', key, network, ...numbers, payload: signingRootOf(duty), ...outcome }
}

async function ask(agent: Agent, url: string, { keys, duty }: Question, by?: Credential): Promise<readonly Answer[]> {
  const [first = '0x'] = keys
  const single = keys.length === 1
  const path = single ? `/api/v1/eth2/sign/${first}` : '/api/v1/eth2/sign'
  const body = single ? bodyOf(duty) : { identifiers: keys, signing_request: bodyOf(duty) }
  try {
    const { status, answer } = await post(agent, new URL(path, url), JSON.stringify(body), by)
    return single || status !== 200 ? keys.map((key) => answerOf(key, answer)) : itemsOf(keys, answer)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return keys.map((key) => ({ key, code: 'unreachable' }))
  }
}

async function post(agent: Agent, url: URL, body: string, by?: Credential) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const authorization = by && { authorization: `Bearer ${by.apiKey}` }
  const length = { 'content-length': Buffer.byteLength(body) }
  const sent = request(url, { agent, method: 'POST', headers: { ...headers, ...authorization, ...length } })
  sent.end(body)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  const said = await text(reply)
  // A connection that was begun when the service was frozen is given up after the thaw: 408, and nothing said.
  return {
    status: reply.statusCode ?? 0,
    answer: said === '' ? { code: 'unreachable' } : (JSON.parse(said) as unknown),
  }
}

function itemsOf(keys: readonly Root[], answer: unknown): readonly Answer[] {
  const items: readonly unknown[] = Array.isArray(answer) ? answer : []
  return keys.map((key, index) => answerOf(key, items[index]))
}

function answerOf(key: Root, answer: unknown): Answer {
  const signature = memberOf(answer, 'signature')
  if (typeof signature === 'string') return { key, signature }
  const code = memberOf(memberOf(answer, 'error'), 'reason') ?? memberOf(answer, 'code')
  return { key, code: typeof code === 'string' ? code : JSON.stringify(answer) }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
