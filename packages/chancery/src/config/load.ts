/** From flags, environment, `.env` and file to one configuration, or to everything that is wrong with them. */
import { join, resolve } from 'node:path'
import type { Network } from '../core/names.ts'
import { keyBackends } from './aws.ts'
import { compatiblePort, kmsBackend, kmsBackendLacks } from './compatible.ts'
import type { Config, KeyEncryptionConfig, StoreConfig } from './config.ts'
import { readDotEnv } from './dot-env.ts'
import { systemFiles, type Files } from './files.ts'
import { flatten, given, unknownFlags, type Environment, type Flags, type Sources } from './given.ts'
import { keyFiles } from './keystores.ts'
import { readInterface } from './applications.ts'
import { networkOf, type AssetConfig, type NetworkConfig } from './networks.ts'
import { defaultKeyFile, defaultWitnessFile, requireOutside } from './places.ts'
import { ConfigError, type Problem } from './problem.ts'
import { refuseDangerousEnvironment, unknownVariables } from './refusals.ts'
import { settings, type Setting } from './settings.ts'
import { readSpec } from './spec.ts'
import { storeConfig, isLoopback } from './store.ts'
import { tlsConfig } from './tls.ts'
import { walletConfig, withWalletNetworks } from './wallets.ts'
import { parseYaml } from './yaml.ts'

export interface LoadOptions {
  readonly flags: Flags
  readonly env: Environment
  readonly cwd: string
  readonly files?: Files
}

const defaultFile = 'chancery.yaml'
const defaultDotEnv = '.env'

/**
 * Flags go before the environment, before `.env`, before the file, before the defaults. Unknown settings, flags and
 * `CHANCERY_` variables are refused with the nearest right name; other variables are ignored.
 * @throws ConfigError with every problem found
 */
export function loadConfig({ flags, env, cwd, files = systemFiles }: LoadOptions): Config {
  refuseDangerousEnvironment(env)
  const { sources, read } = readSources({ flags, env, cwd, files })
  const problems: Problem[] = []
  const attempt = <T>(work: () => T): T | undefined => collect(problems, work)
  const take = <T>(setting: Setting<T>): T | undefined => attempt(() => taken(setting, sources))
  const config = attempt(() => assemble({ take, attempt, sources, cwd, files }))
  if (config === undefined || problems.length > 0) throw new ConfigError(problems)
  return deepFreeze({ ...config, read })
}

/** What a command needs to reach the running service. Values of other settings do not matter to it. */
export function loadPlaces(options: LoadOptions): Pick<Config, 'dataDir' | 'socket'> {
  const { sources } = readSources({ files: systemFiles, ...options })
  return places(options.cwd, taken(settings.dataDir, sources))
}

function readSources({ flags, env, cwd, files }: Required<LoadOptions>): { sources: Sources; read: readonly string[] } {
  const early: Sources = { flags, env, dotEnv: {}, file: { name: '', values: new Map() } }
  const dotEnvName = taken(settings.environmentFile, early)
  const dotEnvPath = resolve(cwd, dotEnvName ?? defaultDotEnv)
  const dotEnv = readDotEnv(dotEnvPath, files)
  if (dotEnv === undefined && dotEnvName !== undefined) throw missing(settings.environmentFile, dotEnvPath)
  const fileName = taken(settings.config, { ...early, dotEnv: dotEnv ?? {} })
  const filePath = resolve(cwd, fileName ?? defaultFile)
  const found = files.read(filePath)
  if (found === undefined && fileName !== undefined) throw missing(settings.config, filePath)
  const unknown = [...unknownFlags(flags), ...unknownVariables(env, ''), ...unknownVariables(dotEnv ?? {}, '.env: ')]
  if (unknown.length > 0) throw new ConfigError(unknown)
  const name = fileName ?? defaultFile
  const file = flatten(found === undefined ? {} : parseYaml(found.text, name), name)
  const read = [dotEnv === undefined ? [] : [dotEnvPath], found === undefined ? [] : [filePath]].flat()
  return { sources: { flags, env, dotEnv: dotEnv ?? {}, file }, read }
}

function missing(setting: Setting, path: string): ConfigError {
  return new ConfigError([{ where: setting.name, got: path, wanted: 'a file that exists' }])
}

function taken<T>(setting: Setting<T>, sources: Sources): T | undefined {
  const found = given(setting, sources)
  return found === undefined ? undefined : setting.shape.parse(found.value, found.where)
}

function collect<T>(problems: Problem[], work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

interface Taking {
  readonly take: <T>(setting: Setting<T>) => T | undefined
  readonly attempt: <T>(work: () => T) => T | undefined
  readonly sources: Sources
  readonly cwd: string
  readonly files: Files
}

function assemble(taking: Taking): Omit<Config, 'read'> {
  const { take, attempt, sources, cwd, files } = taking
  const { dataDir, socket } = places(cwd, take(settings.dataDir))
  const host = take(settings.host) ?? '127.0.0.1'
  const compatible = attempt(() => kmsBackend(sources.env, sources.dotEnv))
  const lacks = kmsBackendLacks(sources.env, sources.dotEnv)
  const witness = take(settings.witnessFile)
  const witnessFile = witness === undefined ? defaultWitnessFile(dataDir, sources.env) : resolve(cwd, witness)
  attempt(() => requireOutside(dataDir, witnessFile, 'witnessFile', files))
  const store = storeConfig(take, attempt, cwd)
  const keysInFiles = attempt(() => keyFiles(take, cwd))
  return {
    host,
    port: take(settings.port) ?? (compatible === undefined ? 9000 : compatiblePort),
    dataDir,
    socket,
    store,
    keyEncryption: keyEncryption(taking, dataDir, store),
    witnessFile,
    ...edge(taking, host),
    ...chains(taking),
    ...keyBackends({ ...taking, dataDir }),
    ...(keysInFiles === undefined ? {} : { keyFiles: keysInFiles }),
    ...(compatible === undefined ? {} : { kmsBackend: compatible }),
    ...(lacks === undefined ? {} : { kmsBackendLacks: lacks }),
  }
}

function places(cwd: string, given: string | undefined): Pick<Config, 'dataDir' | 'socket'> {
  const dataDir = resolve(cwd, given ?? 'chancery-data')
  return { dataDir, socket: join(dataDir, 'chancery.sock') }
}

function keyEncryption(taking: Taking, dataDir: string, store: StoreConfig): KeyEncryptionConfig {
  const { take, attempt, sources, cwd, files } = taking
  const [keyFile, passphraseFile] = [take(settings.keyFile), take(settings.passphraseFile)]
  const [prompt, arn] = [take(settings.passphrasePrompt), take(settings.kmsKeyEncryptionKey)]
  const chosen: readonly KeyEncryptionConfig[] = [
    ...(keyFile === undefined ? [] : [{ kind: 'key-file', path: resolve(cwd, keyFile), ours: false } as const]),
    ...(passphraseFile === undefined ? [] : [{ kind: 'passphrase-file', path: resolve(cwd, passphraseFile) } as const]),
    ...(prompt === true ? [{ kind: 'passphrase-prompt' } as const] : []),
    ...(arn === undefined ? [] : [{ kind: 'aws-kms', arn } as const]),
  ]
  const sourcesNamed = 'keyFile, passphraseFile, passphrasePrompt, aws.keyEncryptionKey'
  if (chosen.length > 1)
    throw new ConfigError([{ where: sourcesNamed, got: `${chosen.length} of them`, wanted: 'one' }])
  if (chosen.length === 0 && store.kind === 'postgres') {
    const hint = 'replicas share the key-encryption key, so none is made for them'
    throw new ConfigError([{ where: sourcesNamed, got: 'none', wanted: 'one of them with PostgreSQL', hint }])
  }
  const [found = { kind: 'key-file', path: defaultKeyFile(dataDir, sources.env), ours: true } as const] = chosen
  if ('path' in found) {
    const setting = found.kind === 'key-file' ? 'keyFile' : 'passphraseFile'
    attempt(() => requireOutside(dataDir, found.path, setting, files))
  }
  return found
}

function edge({ take, attempt, cwd }: Taking, host: string) {
  const tls = attempt(() => tlsConfig(take, cwd))
  const loopback = isLoopback(host)
  const observability = take(settings.observability) ?? (loopback ? 'open' : 'granted')
  attempt(() => {
    if (loopback || observability === 'granted') return
    throw new ConfigError([{ where: 'observability', got: 'open', wanted: `granted while listening on ${host}` }])
  })
  return {
    hosts: take(settings.hosts) ?? [],
    origins: take(settings.origins) ?? [],
    trustedProxies: take(settings.trustedProxies) ?? [],
    ...(tls === undefined ? {} : { tls }),
    validatorsLoopback: take(settings.validatorsLoopback) !== 'off',
    validatorsAddon: take(settings.validatorsAddon) !== 'off',
    observability,
    limits: {
      clientRate: take(settings.clientRate) ?? 5000,
      clientInFlight: take(settings.clientInFlight) ?? 256,
      inFlight: take(settings.inFlight) ?? 1024,
    },
    logLevel: take(settings.logLevel) ?? 'info',
    drainSeconds: take(settings.drainSeconds) ?? 10,
    leaveSeconds: take(settings.leaveSeconds) ?? 0,
  } as const
}

type Chains = Pick<Config, 'networks' | 'assets' | 'applications' | 'sponsors' | 'wallets'>

function chains({ take, attempt, cwd, files }: Taking): Chains {
  const entries = take(settings.networks) ?? []
  const listed = entries.flatMap((one) => attempt(() => readSpec(one, (file) => resolve(cwd, file), files)) ?? [])
  const wallets = walletConfig(take)
  const networks = withWalletNetworks(listed, wallets)
  const assets = take(settings.assets) ?? []
  attempt(() => requireEachOnce(entries, assets))
  const described = (take(settings.applications) ?? []).map((one) =>
    attempt(() => readInterface(one, resolve(cwd, one.file), files)),
  )
  const applications = described.filter((one) => one !== undefined)
  const sponsors = take(settings.sponsors) ?? []
  attempt(() => requireListed(entries, 'applications', applications))
  attempt(() => requireListed(entries, 'sponsors', sponsors))
  return { networks, assets, applications, sponsors, wallets }
}

function requireListed(
  networks: readonly Pick<NetworkConfig, 'network'>[],
  where: string,
  all: readonly { network: Network }[],
): void {
  const stray = all.find((one) => !networks.some(({ network }) => network === one.network))
  if (stray === undefined) return
  throw new ConfigError([{ where, got: stray.network, wanted: 'a network that is listed' }])
}

function requireEachOnce(networks: readonly Pick<NetworkConfig, 'network'>[], assets: readonly AssetConfig[]): void {
  const ids = networks.map(({ network }) => network)
  const twice = ids.find((id, index) => ids.indexOf(id) < index)
  if (twice !== undefined) throw new ConfigError([{ where: 'networks', got: `${twice} twice`, wanted: 'each id once' }])
  const stray = assets.find((asset) => !ids.some((id) => id === networkOf(asset)))
  if (stray === undefined) return
  throw new ConfigError([{ where: 'assets', got: stray.asset, wanted: 'assets of the networks that are listed' }])
}

/** Plain objects and lists only: a secret must still be wiped. */
function deepFreeze<T>(value: T): T {
  const isPlain = Array.isArray(value) || (value !== null && Object.getPrototypeOf(value) === Object.prototype)
  if (!isPlain || typeof value !== 'object') return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
