/** JSON or text, as each client of Web3Signer expects it. */
import { Type } from 'typebox'

export const acceptHeader = Type.Object(
  {
    accept: Type.Optional(
      Type.String({
        maxLength: 16_384,
        description: 'application/json or */* for JSON; text without it, and for anything else',
      }),
    ),
  },
  { additionalProperties: false },
)

export const textType = 'text/plain; charset=utf-8'

/** Teku and Prysm send no Accept and read text; Lodestar and Lighthouse ask for JSON and read nothing else. */
export function wantsJson({ accept }: { readonly accept?: string }): boolean {
  return accept !== undefined && (accept.includes('application/json') || accept.includes('*/*'))
}
