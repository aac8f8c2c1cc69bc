/** Key back-ends, and what those under AWS need. */
import { resolve } from 'node:path'
import type { Config } from './config.ts'
import type { Files } from './files.ts'
import { requireOutside } from './places.ts'
import { ConfigError } from './problem.ts'
import { settings, type Setting } from './settings.ts'
import type { SecretUrl } from './shapes.ts'
import { isLoopback } from './store.ts'

export interface AwsTaking {
  readonly take: <T>(setting: Setting<T>) => T | undefined
  readonly attempt: <T>(work: () => T) => T | undefined
  readonly cwd: string
  readonly files: Files
  readonly dataDir: string
}

export function keyBackends(taking: AwsTaking): Pick<Config, 'aws' | 'backends'> {
  const { take, attempt } = taking
  const [region, endpoint] = [take(settings.awsRegion), take(settings.awsEndpoint)]
  const given = take(settings.backends)
  attempt(() => requirePrivate(endpoint))
  attempt(() => requireRegion(given ?? [], region))
  return {
    backends: given ?? (region === undefined ? ['sealed'] : ['sealed', 'aws-kms']),
    aws: {
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      quota: take(settings.awsQuota) ?? 1000,
      keyQuota: take(settings.awsKeyQuota) ?? 5,
      dataKeyQuota: take(settings.awsDataKeyQuota) ?? 100,
      multiRegion: take(settings.awsMultiRegion) ?? false,
      cacheSeconds: take(settings.awsCacheSeconds) ?? 0,
      ...dataKeys(taking, given?.includes('aws-data-key') === true),
    },
  }
}

function requireRegion(backends: Config['backends'], region: string | undefined): void {
  const backend = backends.find((name) => name.startsWith('aws-'))
  if (backend === undefined || region !== undefined) return
  throw new ConfigError([{ where: 'aws.region', got: 'none', wanted: `a region for the key back-end ${backend}` }])
}

/** The copies would go with a data directory that is lost or stolen. */
function dataKeys({ take, attempt, cwd, files, dataDir }: AwsTaking, used: boolean): Pick<Config['aws'], 'dataKeys'> {
  const [key, folder] = [take(settings.awsDataKey), take(settings.awsDataKeyCopies)]
  const copies = folder === undefined ? undefined : resolve(cwd, folder)
  attempt(() => copies !== undefined && requireOutside(dataDir, copies, 'aws.dataKeyCopies', files))
  if (key !== undefined && copies !== undefined) return { dataKeys: { key, copies } }
  attempt(() => {
    if (!used) return
    const where = key === undefined ? 'aws.dataKey' : 'aws.dataKeyCopies'
    throw new ConfigError([
      { where, got: 'none', wanted: 'both of aws.dataKey and aws.dataKeyCopies for aws-data-key' },
    ])
  })
  return {}
}

/** Credentials and plain data keys travel there. */
function requirePrivate(endpoint: SecretUrl | undefined): void {
  const url = endpoint === undefined ? undefined : new URL(endpoint.origin)
  if (url === undefined || url.protocol === 'https:' || isLoopback(url.hostname)) return
  throw new ConfigError([{ where: 'aws.endpoint', got: url.origin, wanted: 'https, or an address on loopback' }])
}
