/** From a body of the Remote Signing API to what is asked of the service. */
import { hexAsTyped, type Hex } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { Failed, keyNotFound, Refused } from '../../../core/errors.ts'
import type { SignReply, SignRequest } from '../../../core/services.ts'
import type { SignSchemas } from '../../routes/sign.ts'
import { isOpaqueRoot, opaqueRootOf } from './opaque-root.ts'

export interface Duties {
  /** @throws Refused `key-not-found` for a name that no validator key has; what the body lacks */
  requestOf(identifier: string, body: JsonObject): SignRequest
}

/** The chain whose payload field is `duty` reads the body; where there is none, nothing is signed. */
export function dutiesOf(schemas: SignSchemas): Duties {
  const duty = schemas.find(({ field }) => field === 'duty')
  return {
    requestOf(identifier, body) {
      const key = publicKeyOf(identifier)
      if (isOpaqueRoot(body)) return { key, operation: 'sign:opaque-root', value: opaqueRootOf(body) }
      if (duty === undefined) throw new Refused('not-configured', 'No validator network is configured')
      return { key, operation: duty.operationOf?.(body) ?? duty.operation, value: body }
    },
  }
}

/** In its one form; undefined for a name that is no public key. */
export function plainKey(identifier: string): Hex | undefined {
  return hexAsTyped(identifier, 48)
}

/** A name that is no public key is one that no key has. */
export function publicKeyOf(identifier: string): Hex {
  const plain = plainKey(identifier)
  if (plain === undefined) throw keyNotFound()
  return plain
}

export function signatureOf({ signed: { result } }: SignReply): string {
  const { signature } = result
  if (typeof signature === 'string') return signature
  throw new Failed('internal', 'The signature of a duty has no signature')
}
