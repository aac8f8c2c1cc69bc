/** A question on its way to a signer process: who waits for its answer, for how long, and what that answer says. */
import { type Alarm, clearAlarm, setAlarm } from '../base/alarm.ts'
import { type Deadline, left } from '../base/deadline.ts'
import { type Code, codes, Failed, type Particulars, Refused } from '../core/errors.ts'
import { type Frame, kinds } from './frame.ts'

export type Fields = readonly Uint8Array[]

export interface Question {
  readonly kind: number
  readonly fields: Fields
  readonly urgency: 0 | 1 | 2
  /** How much work it is, in signatures; absent for one. */
  readonly weight?: number
}

export interface Job extends Required<Question> {
  readonly resolve: (fields: Fields) => void
  readonly reject: (error: Error) => void
  /** When it rings nobody waits any more: work that has not been sent is then not sent. */
  readonly alarm: Alarm
  late: boolean
}

/** `answer` rejects with what the process says, Refused or Failed, and with `deadline-exceeded` in time. */
export function createJob(
  { kind, fields, urgency, weight = 1 }: Question,
  deadline: Deadline,
): { readonly job: Job; readonly answer: Promise<Fields> } {
  const { promise, resolve, reject } = Promise.withResolvers<Fields>()
  const alarm = setAlarm(left(deadline), () => giveUp(job))
  const job: Job = { kind, fields, urgency, weight, resolve, reject, alarm, late: false }
  return { job, answer: promise }
}

export function settle(job: Job, frame: Frame): void {
  if (frame.kind !== kinds.done) return fail(job, errorIn(frame))
  clearAlarm(job.alarm)
  job.resolve(frame.fields)
}

export function fail(job: Job, error: Error): void {
  clearAlarm(job.alarm)
  job.reject(error)
}

function giveUp(job: Job): void {
  job.late = true
  job.reject(late())
}

export function late(): Failed {
  return new Failed('deadline-exceeded', 'The signer process did not answer in time')
}

/** What a `refused` or `failed` answer says. */
export function errorIn({ kind, fields }: Frame): Refused | Failed {
  const [code, sentence, more] = fields.map((field) => Buffer.from(field).toString())
  const known = code !== undefined && isCode(code) ? code : 'internal'
  const detail = sentence ?? 'The signer process failed'
  const particulars = more === undefined ? {} : particularsIn(more)
  return kind === kinds.refused ? new Refused(known, detail, particulars) : new Failed(known, detail, { particulars })
}

function particularsIn(text: string): Pick<Particulars, 'hint' | 'retryAfter'> {
  const value: unknown = JSON.parse(text)
  const members = new Map<string, unknown>(Object.entries(value ?? {}))
  const [hint, retryAfter] = [members.get('hint'), members.get('retryAfter')]
  return { ...(typeof hint === 'string' && { hint }), ...(typeof retryAfter === 'number' && { retryAfter }) }
}

function isCode(text: string): text is Code {
  return Object.hasOwn(codes, text)
}
