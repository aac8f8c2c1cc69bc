import { systemClock } from '../packages/chancery/src/base/clock.ts'
import { chainPlugIns } from '../packages/chancery/src/chains.ts'
import { openApi } from '../packages/chancery/src/http/openapi.ts'
import { routesOf } from '../packages/chancery/src/http/routes/routes.ts'
import { readText } from './source.ts'

/** The OpenAPI document of this source, as text: every route and every chain this build knows, configured or not. */
export async function openApiDocument(): Promise<string> {
  const { version } = JSON.parse(readText('packages/chancery/package.json')) as { version: string }
  const chains = await Promise.all(
    chainPlugIns.map((plugIn) => plugIn.load({ networks: [], assets: [], applications: [] })),
  )
  const schemas = chains.flatMap((chain) => chain.schemas.map((schema) => ({ ...schema, chain: chain.id })))
  const routes = routesOf(schemas, {
    clock: systemClock,
    auth: { scheme: 'api-key' },
    version,
    observability: 'open',
  })
  return `${JSON.stringify(openApi(routes, version), null, 2)}\n`
}
