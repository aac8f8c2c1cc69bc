/**
 * Many keys, one duty: the draft of the Remote Signing API's batch, and beside it the same question without an answer that
 * signs. https://github.com/ethereum/remote-signing-api/pull/29
 */
import { Type } from 'typebox'
import type { JsonObject } from '../../../base/json.ts'
import { invalidRequest } from '../../../core/errors.ts'
import { signOperations } from '../../../core/names.ts'
import type { SignRequest } from '../../../core/services.ts'
import type { Slashable } from '../../../core/validators.ts'
import { validatorsOf } from '../../configured.ts'
import type { Problem } from '../../problem.ts'
import { route, takesNothing, type Incoming, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import { shape } from '../../shape.ts'
import type { SignSchemas } from '../../routes/sign.ts'
import { dutiesOf, plainKey, publicKeyOf, signatureOf, type Duties } from './duty.ts'
import { withAdvice } from './opaque-root.ts'
import {
  dutyExample,
  dutyShape,
  identifier,
  identifiers,
  itemError,
  publicKeyExample,
  signatureExample,
} from './shapes.ts'
import { dutyRefuses, remoteSigning } from './sign.ts'

/** A key's own answer: the other members of `T`, or why not. */
type Item<T> = { readonly identifier: string } & (
  | T
  | { readonly error: { readonly code: number; readonly message: string; readonly reason: string } }
)

export function batchRoutes(schemas: SignSchemas): readonly Route[] {
  const duties = dutiesOf(schemas)
  const body = Type.Object({ identifiers, signing_request: dutyShape(schemas) }, s.closed)
  const asked = {
    ...takesNothing,
    ...remoteSigning,
    access: 'validator',
    share: 'duties',
    method: 'POST',
    body: s.named('DutyBatch', body),
    readByChain: true,
    bodyLimit: 2 * 1024 * 1024,
    right: signOperations,
    refuses: dutyRefuses,
  } as const
  const exampleBody = { identifiers: [publicKeyExample], signing_request: dutyExample }
  return [
    route({
      ...asked,
      id: 'signDuties',
      path: '/api/v1/eth2/sign',
      summary: 'Sign one duty with many keys',
      description: 'A signature or an error for each key, in the order asked. What fails for one stops no other.',
      seconds: 30,
      reply: {
        status: 200,
        description: 'One answer a key',
        schema: answers('DutyBatchReply', { signature: Type.String() }),
      },
      example: {
        body: exampleBody,
        reply: { status: 200, body: [{ identifier: publicKeyExample, signature: signatureExample }] },
      },
      handle: async (incoming) => ({ body: await signAll(duties, incoming, batchIn(incoming.body)) }),
    }),
    route({
      ...asked,
      id: 'slashableDuties',
      path: '/api/v1/eth2/slashable',
      summary: 'Ask whether slashing protection would refuse a duty',
      description:
        'Nothing is recorded and nothing signed: what is said here may be otherwise a moment later. The very duty that was signed ' +
        'last may be signed again, with `signingRoot` or without.',
      seconds: 30,
      reply: { status: 200, description: 'One answer a key', schema: answers('SlashableReply', slashableMembers) },
      example: {
        body: exampleBody,
        reply: { status: 200, body: [{ identifier: publicKeyExample, slashable: false }] },
      },
      handle: async (incoming) => ({ body: await askAll(duties, incoming, batchIn(incoming.body)) }),
    }),
  ]
}

const slashableMembers = { slashable: Type.Boolean(), reason: Type.Optional(Type.String()) }

function answers(title: string, members: Parameters<typeof Type.Object>[0]) {
  const answered = Type.Object({ identifier, ...members }, s.closed)
  const failed = Type.Object({ identifier, error: itemError }, s.closed)
  return s.named(title, Type.Array(Type.Union([answered, failed])))
}

type Answered = Pick<Incoming, 'services' | 'call' | 'partly'>

interface Batch {
  readonly identifiers: readonly string[]
  readonly signing_request: JsonObject
}

/** All but the duty itself, which the chain reads. */
const batchIn: (body: unknown) => Batch = shape(
  Type.Object({ identifiers, signing_request: Type.Unsafe<JsonObject>({ type: 'object' }) }, s.closed),
  '',
)

interface Asked {
  /** Each once, as the request names them. */
  readonly names: readonly string[]
  /** For some key: what is wrong with the duty itself is wrong for the whole request. */
  readonly request: SignRequest
}

function askedIn(duties: Duties, { identifiers: names, signing_request: duty }: Batch): Asked {
  refuseRepeated(names)
  return { names, request: duties.requestOf(someKey, duty) }
}

async function signAll(
  duties: Duties,
  incoming: Answered,
  batch: Batch,
): Promise<readonly Item<{ readonly signature: string }>[]> {
  const { names, request } = askedIn(duties, batch)
  const { key: _, ...shared } = request
  const advice = adviceFor(request)
  const keys = names.map((name) => plainKey(name) ?? name)
  const signing = incoming.services.signing.signMany({ ...shared, keys }, incoming.call())
  const answers = await signing.catch((error: unknown) => Promise.reject(advice(error)))
  return answers.map((answer, index): Item<{ readonly signature: string }> => {
    const identifier = names[index] ?? ''
    if ('reply' in answer) return { identifier, signature: signatureOf(answer.reply) }
    return failed(identifier, incoming.partly(advice(answer.error)))
  })
}

async function askAll(duties: Duties, incoming: Answered, batch: Batch): Promise<readonly Item<Slashable>[]> {
  const { names, request } = askedIn(duties, batch)
  const call = incoming.call()
  const ask = async (identifier: string): Promise<Item<Slashable>> => {
    try {
      const key = publicKeyOf(identifier)
      return { identifier, ...(await validatorsOf(incoming.services).isDutySlashable({ ...request, key }, call)) }
    } catch (error) {
      return failed(identifier, incoming.partly(adviceFor(request)(error)))
    }
  }
  return Promise.all(names.map(ask))
}

function failed(identifier: string, { status, code, detail }: Problem): Item<never> {
  return { identifier, error: { code: status, message: detail, reason: code } }
}

function adviceFor({ operation }: SignRequest): (error: unknown) => unknown {
  return operation === 'sign:opaque-root' ? withAdvice : (error) => error
}

const someKey = '00'.repeat(48)

/** One key twice would be two answers to one question: the second could contradict the first. */
function refuseRepeated(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    const plain = plainKey(name) ?? name
    if (seen.has(plain)) throw invalidRequest(`identifiers[${index}]`, `${name.slice(0, 20)}… again`, 'each key once')
    seen.add(plain)
  }
}
