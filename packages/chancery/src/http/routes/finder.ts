/** What to say of a request that has no route, and paths as Fastify writes them. */
import { Refused } from '../../core/errors.ts'
import type { Route } from '../route.ts'

export interface Finder {
  /** `method-not-allowed` where the path exists, otherwise `route-not-found`. */
  refusal(method: string, url: string): Refused
}

export function createFinder(routes: readonly Route[]): Finder {
  const paths = routes.map((route) => ({
    route,
    matches: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))
  return {
    refusal(method, url) {
      const [path = ''] = url.split(/[?#]/)
      const methods = paths.filter(({ matches }) => matches.test(path)).map(({ route }) => route.method)
      if (methods.length === 0) return new Refused('route-not-found', 'There is no such route', { where: 'path' })
      const wanted = [...new Set(methods)].join(', ')
      return new Refused('method-not-allowed', `This route takes ${wanted}`, { where: 'method', got: method, wanted })
    },
  }
}

/** Load balancers ask with HEAD how the service is: GET without the body (RFC 9110, 9.3.2), so not documented apart. */
export function answersHead({ access, method }: Route): boolean {
  return access === 'anyone' && method === 'GET'
}

/** A path as Fastify writes it. */
export function patternOf(route: Route): string {
  return route.path.replaceAll(/\{(\w+)\}/g, ':$1')
}
