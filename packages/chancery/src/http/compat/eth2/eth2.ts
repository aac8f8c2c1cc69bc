/** The Remote Signing API as Web3Signer serves it, and what py3signer has beside it. */
import type { Route } from '../../route.ts'
import type { SignSchemas } from '../../routes/sign.ts'
import { batchRoutes } from './batch.ts'
import { lookRoutes } from './look.ts'
import { reloadRoutes } from './reload.ts'
import { signDutyRoute } from './sign.ts'

export function eth2Routes(schemas: SignSchemas): readonly Route[] {
  return [signDutyRoute(schemas), ...batchRoutes(schemas), ...lookRoutes, ...reloadRoutes]
}
