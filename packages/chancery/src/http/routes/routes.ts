/** Every route there is. */
import { kmsBackendRoutes } from '../compat/kms-backend.ts'
import { eth2Routes } from '../compat/eth2/eth2.ts'
import { elsewhereRoutes } from '../compat/keymanager/elsewhere.ts'
import { exitRoute } from '../compat/keymanager/exit.ts'
import { keystoreRoutes } from '../compat/keymanager/keystores.ts'
import { openApi } from '../openapi.ts'
import type { HttpOptions } from '../options.ts'
import type { Route } from '../route.ts'
import { accountRoutes } from './accounts.ts'
import { clientRoutes } from './clients.ts'
import { freezeRoutes } from './freeze.ts'
import { keyRoutes } from './keys.ts'
import { newKeyRoutes } from './new-keys.ts'
import { operatorRoutes } from './operator.ts'
import { registerRoutes } from './register.ts'
import { rulesRoutes } from './rules.ts'
import { serviceRoutes } from './service.ts'
import { sponsorRoutes } from './sponsor.ts'
import { signRoutes, type SignSchemas } from './sign.ts'
import { transactionRoutes } from './transactions.ts'
import { validatorRoutes } from './validators.ts'
import { walletImportRoutes } from './wallet-imports.ts'
import { walletKeyRoutes } from './wallet-keys.ts'
import { walletLifeRoutes } from './wallet-life.ts'
import { walletMigrationRoutes } from './wallet-migration.ts'
import { walletPolicyRoutes } from './wallet-policy.ts'
import { walletRoutes } from './wallets.ts'
import { sweepRoutes } from './sweeps.ts'
import { withdrawalFeeRoutes } from './withdrawal-fees.ts'
import { withdrawalRoutes } from './withdrawals.ts'

export function routesOf(schemas: SignSchemas, options: HttpOptions): readonly Route[] {
  const routes: Route[] = [
    ...newKeyRoutes,
    ...keyRoutes,
    ...signRoutes(schemas),
    ...rulesRoutes,
    ...transactionRoutes,
    ...walletRoutes,
    ...walletLifeRoutes,
    ...walletImportRoutes,
    ...walletMigrationRoutes,
    ...walletKeyRoutes,
    ...withdrawalRoutes,
    ...sweepRoutes,
    ...withdrawalFeeRoutes,
    ...walletPolicyRoutes,
    ...accountRoutes,
    ...sponsorRoutes,
    ...clientRoutes,
    ...registerRoutes,
    ...validatorRoutes,
    ...freezeRoutes,
    ...operatorRoutes,
    ...serviceRoutes(options, () => openApi(routes, options.version)),
    ...kmsBackendRoutes,
    ...eth2Routes(schemas),
    ...keystoreRoutes,
    exitRoute,
    ...elsewhereRoutes,
  ]
  return routes
}
