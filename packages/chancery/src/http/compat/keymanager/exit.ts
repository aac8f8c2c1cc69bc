/** `POST /eth/v1/validator/{pubkey}/voluntary_exit` of the Keymanager API. */
import { Type } from 'typebox'
import { validatorsOf } from '../../configured.ts'
import { route, takesNothing, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import { identifier, publicKeyExample, signatureExample } from '../eth2/shapes.ts'
import { dutyRefuses } from '../eth2/sign.ts'
import { keymanager } from './keymanager.ts'

const signedExit = Type.Object(
  {
    data: Type.Object(
      {
        message: Type.Object({ epoch: s.uint64, validator_index: s.uint64 }, s.closed),
        signature: Type.String(),
      },
      s.closed,
    ),
  },
  s.closed,
)

export const exitRoute: Route = route({
  ...takesNothing,
  ...keymanager,
  id: 'signVoluntaryExit',
  method: 'POST',
  path: '/eth/v1/validator/{pubkey}/voluntary_exit',
  summary: 'Sign a voluntary exit',
  description:
    'Needs a grant of sign:voluntary-exit. It is signed and not sent; whoever sends it ends the validator for good.',
  params: Type.Object({ pubkey: identifier }, s.closed),
  query: Type.Object({ epoch: Type.Optional(s.uint64), validator_index: Type.Optional(s.uint64) }, s.closed),
  reply: { status: 200, description: 'The signed exit', schema: s.named('SignedVoluntaryExit', signedExit) },
  refuses: dutyRefuses,
  example: {
    params: { pubkey: publicKeyExample },
    query: { epoch: '300', validator_index: '1' },
    reply: {
      status: 200,
      body: { data: { message: { epoch: '300', validator_index: '1' }, signature: signatureExample } },
    },
  },
  async handle({ services, params, query, call }) {
    const { epoch: asked, validator_index: index } = query
    const exit = {
      ...(asked !== undefined && { epoch: BigInt(asked) }),
      ...(index !== undefined && { validatorIndex: BigInt(index) }),
    }
    const { message, signature } = await validatorsOf(services).voluntaryExit(params.pubkey, exit, call())
    const { epoch: at, validator_index } = message
    return { body: { data: { message: { epoch: at, validator_index }, signature } } }
  },
})
