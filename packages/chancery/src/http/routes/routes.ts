/** Every route there is. */
import { openApi } from '../openapi.ts'
import type { HttpOptions } from '../options.ts'
import type { Route } from '../route.ts'
import { keyRoutes } from './keys.ts'
import { serviceRoutes } from './service.ts'
import { signRoutes, type SignSchemas } from './sign.ts'

export function routesOf(schemas: SignSchemas, options: HttpOptions): readonly Route[] {
  const routes: Route[] = [
    ...keyRoutes,
    ...signRoutes(schemas),
    ...serviceRoutes(options, () => openApi(routes, options.version)),
  ]
  return routes
}
