/** `POST /api/v1/eth2/sign/{identifier}`, as Web3Signer serves it: the hot path. */
import { Type } from 'typebox'
import type { Code } from '../../../core/errors.ts'
import { signOperations } from '../../../core/names.ts'
import { route, takesNothing, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import type { SignSchemas } from '../../routes/sign.ts'
import { acceptHeader, textType, wantsJson } from './accept.ts'
import { dutiesOf, signatureOf } from './duty.ts'
import { withAdvice } from './opaque-root.ts'
import { dutyExample, dutyShape, identifier, publicKeyExample, signature, signatureExample } from './shapes.ts'

export const remoteSigning = { part: 'compatible', needs: 'validators', errors: 'remote-signing' } as const

/** Beyond those every route may answer, what a signature may meet. */
export const dutyRefuses: readonly Code[] = [
  'key-not-found',
  'denied',
  'needs-approval',
  'key-state',
  'frozen',
  'conflicts-with-earlier',
  'limit-reached',
  'invalid-payload',
  'not-configured',
  'store-unavailable',
  'in-doubt',
  'backend-unavailable',
  'backend-failed',
  'bad-signature',
]

export function signDutyRoute(schemas: SignSchemas): Route {
  const duties = dutiesOf(schemas)
  return route({
    ...takesNothing,
    ...remoteSigning,
    access: 'validator',
    share: 'duties',
    id: 'signDuty',
    method: 'POST',
    path: '/api/v1/eth2/sign/{identifier}',
    summary: 'Sign a duty of a validator',
    description:
      'The Remote Signing API. The root is computed here; `signingRoot` (or `signing_root`) is compared with it. 412 where slashing ' +
      'protection refuses it.',
    params: Type.Object({ identifier }, s.closed),
    headers: acceptHeader,
    body: dutyShape(schemas),
    readByChain: true,
    bodyLimit: 1024 * 1024,
    right: signOperations,
    reply: {
      status: 200,
      description: 'The signature: as JSON, or bare',
      schema: signature,
      other: { type: 'text/plain', schema: Type.String() },
    },
    refuses: dutyRefuses,
    example: {
      params: { identifier: publicKeyExample },
      headers: { accept: 'application/json' },
      body: dutyExample,
      reply: { status: 200, body: { signature: signatureExample } },
    },
    async handle({ services, params, headers, body, call }) {
      const request = duties.requestOf(params.identifier, body)
      const signing = services.signing.sign(request, call())
      const reply = await (request.operation === 'sign:opaque-root' ? signing.catch(advise) : signing)
      const text = signatureOf(reply)
      return wantsJson(headers) ? { body: `{"signature":"${text}"}` } : { body: text, type: textType }
    },
  })
}

function advise(error: unknown): never {
  throw withAdvice(error)
}
