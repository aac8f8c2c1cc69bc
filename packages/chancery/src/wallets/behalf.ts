/** What a wallet needs done to keys, for a caller who may ask for the wallet: one operation, on one key. */
import type { Principal } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import type { KeyId, Operation } from '../core/names.ts'

/** The register still names the caller. Never handed to signing: there a client holds what its record says. */
export function onBehalf(call: Call, operation: Operation, key?: KeyId): Call {
  const grants: Principal['grants'] = [
    { operations: [operation], keys: key === undefined ? '*' : [key], networks: '*' },
  ]
  return { ...call, principal: { ...call.principal, grants } }
}
