/** Puts the service together from its configuration, and takes it apart again. */
import { chmod, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { ensureFirstAdministrator } from './access/first-administrator.ts'
import { deadlineIn } from './base/deadline.ts'
import { newId } from './base/id.ts'
import type { Clock } from './base/clock.ts'
import { startBackground } from './compose/background.ts'
import { examinationsOf } from './compose/examinations.ts'
import { buildHouse, type House } from './compose/house.ts'
import { awsBackendOf, openKmsBackend } from './compose/kms-backend.ts'
import { listen } from './compose/listen.ts'
import { loadBackends, loadChains, loadNodes, openStore } from './compose/parts.ts'
import { openKeys, type AskHidden, type Keys } from './compose/secrets.ts'
import { servicesOf } from './compose/services.ts'
import type { Config } from './config/config.ts'
import type { Failed } from './core/errors.ts'
import type { Network } from './core/names.ts'
import type { Services } from './core/services.ts'
import type { Store } from './core/store.ts'
import type { Log } from './http/options.ts'
import { keyEncryptionKeyFile } from './keys/sealed/key-encryption-key-file.ts'
import type { Policies, PolicyOptions, PolicyRole } from './keys/aws/policy.ts'
import { noteKey } from './register/checkpoint.ts'
import { openWitness, type Witness } from './register/witness.ts'
import type { RelayNetwork } from './relay/rooms.ts'

export { openKeys } from './compose/secrets.ts'
export { drill, restore, verifyCopy, verifyExport } from './compose/offline.ts'
export type { PolicyRole } from './keys/aws/policy.ts'

/** Loads the AWS room only when asked for its policies. */
export async function awsPolicy(role: PolicyRole, options: PolicyOptions): Promise<Policies> {
  return (await import('./keys/aws/policy.ts')).awsPolicy(role, options)
}

export interface Surroundings {
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  /** Shown or written down once: the first administrator's key. */
  show(apiKey: string): Promise<void> | void
  ask: AskHidden
  /** The store or the register cannot go on: the process must end. */
  onFatal(error: Failed): void
}

export interface Service {
  readonly url: string
  readonly socket: string
  readonly services: Services
  /** The address of the compatible routes' key, where they are configured. */
  readonly kmsBackendAddress?: string
  /** Drains, records what is left, and closes everything. */
  stop(): Promise<void>
}

interface Ground {
  readonly config: Config
  readonly around: Surroundings
  readonly keys: Keys
  readonly store: Store
  readonly witness: Witness
  readonly networks: ReadonlyMap<Network, RelayNetwork>
  readonly house: House
  /** Names this process in leases and logs. */
  readonly holder: string
}

/** @throws Failed, Refused, ConfigError: one sentence each, for the operator */
export async function startService(config: Config, around: Surroundings): Promise<Service> {
  await ownDirectory(config.dataDir)
  const ground = await layGround(config, around)
  const { house, keys, store, witness, holder } = ground
  const { clock, version, log } = around
  await ensureFirstAdministrator({ state: house.state, pepper: keys.pepper, clock, show: around.show })
  const kmsBackend = config.kmsBackend && (await openKmsBackend(config.kmsBackend, house, awsBackendOf(house), clock))
  const signer = noteKey(house.state.current().installation.id, keys.note)
  const stopping = { now: false }
  const services = servicesOf({
    house,
    store,
    witness,
    version,
    clock,
    noteKey: signer,
    stateKey: keys.state,
    chains: await loadChains(config),
    examinations: examinationsOf({ ...ground, clock }),
    backupFiles: [join(config.dataDir, keyEncryptionKeyFile)],
    stopping: () => stopping.now,
    ...(kmsBackend && { kmsBackend }),
  })
  const onError = (error: unknown, about: string) => log.error({ err: error }, about)
  const alarm = (key: string, finding: string) => log.error({ key, finding }, 'A key changed outside the service')
  const background = startBackground({ house, store, witness, noteKey: signer, clock, holder, onError, alarm })
  const listening = await listen(services, config, version, clock, log)
  const stop = async () => {
    stopping.now = true
    await listening.drain(config.drainSeconds * 1_000)
    await background.stop()
    await close(ground)
  }
  return { ...listening, services, stop, ...(kmsBackend?.key.address && { kmsBackendAddress: kmsBackend.key.address }) }
}

async function layGround(config: Config, around: Surroundings): Promise<Ground> {
  const { clock, version, log, onFatal } = around
  const keys = await openKeys(config, config.dataDir, clock, around.ask)
  const store = await openStore(config, clock, onFatal)
  await mkdir(dirname(config.witnessFile), { recursive: true, mode: 0o700 })
  const witness = await openWitness({ path: config.witnessFile })
  const [networks, chains] = await Promise.all([loadNodes(config), loadChains(config)])
  const holder = newId('prc', clock.now())
  log.info({ holder, host: hostname(), store: store.name, networks: [...networks.keys()] }, 'Opening')
  const main = new Set(config.networks.filter((one) => one.main).map(({ network }) => network))
  const house = await buildHouse({
    store,
    witness,
    chains,
    networks,
    clock,
    version,
    holder,
    onFatal,
    stateKey: keys.state,
    pepper: keys.pepper,
    backends: (installation) => loadBackends({ config, keyEncryptionKey: keys.keyEncryptionKey, installation, clock }),
    builtIn: [],
    isMain: (network) => main.has(network),
    interval: 1_000,
    onError: (error, about) => log.error({ err: error }, about),
  })
  return { config, around, keys, store, witness, networks, house, holder }
}

async function ownDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
}

/** In the order in which things stop needing each other. */
async function close({ house, networks, witness, store, around }: Ground): Promise<void> {
  await house.relay.close()
  await house.writer.close(deadlineIn(5_000, around.clock))
  await witness.persist()
  await witness.close()
  await store.close()
  await Promise.all(house.backends.map((backend) => backend.close()))
  for (const { node } of networks.values()) node.close()
}
