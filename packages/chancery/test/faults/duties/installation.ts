/** The service as operators run it: a process, validator keys sealed in its store, on SQLite or on PostgreSQL. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { chancery, type Ran } from '../../cli/terminal.ts'
import { devnetRoot } from '../../integration/beacon-service.ts'
import { serve, type ServiceProcess } from '../../integration/service-process.ts'
import { childrenOf } from '../../store/children.ts'
import { randomPrivateKey, testKeystore, type TestKeystore } from '../../validators/keystores.ts'
import { checkCopy, type Verdict } from '../invariants/check.ts'
import { readPostgres } from '../invariants/postgres-copy.ts'
import { readStore, type Copy } from '../invariants/store-copy.ts'
import { genesisTime, network, specification, type Root } from './network.ts'

export interface Installation {
  readonly folder: string
  /** Of the database; absent for SQLite. */
  readonly database?: string
}

/** One process of it: its data directory and witness file are named by `name`. */
export interface Process extends ServiceProcess {
  readonly name: string
  readonly pid: number
  /** Milliseconds from its start until `/upcheck` and `/healthcheck` answered that it is up. */
  readonly readyIn: number
}

/** Writes the configuration, and the key that all processes of the installation open their secrets with. */
export function install(folder: string, settings: object = {}, database?: string): Installation {
  mkdirSync(join(folder, 'safe'))
  writeFileSync(join(folder, 'safe', 'key'), Buffer.alloc(32, 5), { mode: 0o600 })
  const lines = Object.entries(specification).map(([name, value]) => `${name}: ${value}\n`)
  writeFileSync(join(folder, 'config.yaml'), lines.join(''))
  const spec = join(folder, 'config.yaml')
  const configuration = {
    networks: [{ id: network, main: false, spec, genesisValidatorsRoot: devnetRoot, genesisTime }],
    keyFile: join(folder, 'safe', 'key'),
    limits: { clientRate: 1_000_000, clientInFlight: 4_096, inFlight: 8_192 },
    drainSeconds: 0,
    ...settings,
  }
  writeFileSync(join(folder, 'chancery.yaml'), JSON.stringify(configuration), { mode: 0o600 })
  return { folder, ...(database !== undefined && { database }) }
}

export const dataDir = ({ folder }: Installation, name: string) => join(folder, name)
const witnessOf = ({ folder }: Installation, name: string) => join(folder, 'witnesses', name)
const storeOf = (where: Installation, name: string): string => join(dataDir(where, name), 'store.sqlite')

/** @param database instead of its own, such as a standby that was promoted */
export async function start(
  where: Installation,
  name: string,
  database = where.database,
  ...more: readonly string[]
): Promise<Process> {
  const began = performance.now()
  const store = database === undefined ? [] : ['--database-url', database, '--database-tls', 'off']
  const places = ['--data-dir', dataDir(where, name), '--witness-file', witnessOf(where, name)]
  const service = await serve(where.folder, ...places, ...store, ...more)
  await isUp(service.url)
  return { ...service, name, readyIn: Math.round(performance.now() - began) }
}

/** One that is behind its witness is well, and not ready. */
async function isUp(url: string): Promise<void> {
  const [upcheck, healthcheck] = await Promise.all(['/upcheck', '/healthcheck'].map((path) => fetch(url + path)))
  if (upcheck?.status !== 200 || healthcheck?.status !== 200) throw new Error(`${url} listens and is not up`)
}

/** `chancery …` beside one of its processes. */
export function run(where: Installation, name: string, ...args: readonly string[]): Promise<Ran> {
  return chancery([...args, '--data-dir', dataDir(where, name)], { cwd: where.folder, env: { HOME: where.folder } })
}

/** The same, which must succeed. @returns what it printed */
export async function succeed(where: Installation, name: string, ...args: readonly string[]): Promise<string> {
  const { status, out, notes } = await run(where, name, ...args)
  expect([args.join(' '), status, status === 0 ? '' : notes]).toEqual([args.join(' '), 0, ''])
  return out
}

export async function apiKey(where: Installation, name: string, grant: string, of = 'client'): Promise<string> {
  const grants = grant === '' ? [] : ['--grant', grant]
  const made = await succeed(where, name, 'clients', 'create', of, ...grants, '--json')
  return (JSON.parse(made) as { readonly secret: string }).secret
}

export async function freshKeystores(count: number): Promise<readonly TestKeystore[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => testKeystore(i, { privateKey: randomPrivateKey() })))
}

/** Keys of a request of the Keymanager API. */
const atOnce = 250

/** By the Keymanager API, with a past that ends at slot 0: without one a key would begin in the next epoch of the clock. */
export async function importKeys(
  where: Installation,
  { url, name }: Process,
  keystores: readonly TestKeystore[],
): Promise<readonly Root[]> {
  const token = await apiKey(where, name, 'keys:create,keys:read@*@*', 'importer')
  for (let at = 0; at < keystores.length; at += atOnce) {
    const some = keystores.slice(at, at + atOnce)
    const reply = await keymanager(url, 'POST', token, importing(some))
    expect(await reply.json()).toEqual({ data: some.map(() => ({ status: 'imported' })) })
  }
  return keystores.map(({ publicKey }) => publicKey)
}

function importing(keystores: readonly TestKeystore[]): object {
  const past = { signed_blocks: [{ slot: '0' }], signed_attestations: [{ source_epoch: '0', target_epoch: '0' }] }
  const metadata = { interchange_format_version: '5', genesis_validators_root: devnetRoot }
  const data = keystores.map(({ publicKey }) => ({ pubkey: publicKey, ...past }))
  return {
    keystores: keystores.map(({ text }) => text),
    passwords: keystores.map(({ password }) => password),
    slashing_protection: JSON.stringify({ metadata, data }),
  }
}

export function keymanager(url: string, method: 'POST' | 'DELETE', token: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${url}/eth/v1/keystores`, { method, headers, body: JSON.stringify(body) })
}

/** What the store of one of its processes holds. */
export function copyOf(where: Installation, name: string, database = where.database): Promise<Copy> {
  return database === undefined ? Promise.resolve(readStore(storeOf(where, name))) : readPostgres(database)
}

/** The five invariants over what clients logged and what the store and the witnesses of all its processes hold. */
export async function judge(
  where: Installation,
  clientLog: string,
  witnesses: readonly string[],
  database = where.database,
  name = witnesses[0] ?? 'one',
): Promise<Verdict> {
  const witness = witnesses.map((one) => witnessOf(where, one))
  return checkCopy(await copyOf(where, name, database), { clients: [clientLog], backends: [], witness })
}

/** Its signer processes: on Linux, by what `/proc` says. */
export function signersOf(pid: number): readonly number[] {
  return childrenOf(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('keys/sealed/bls'))
}

/** Ends as a machine that stops would end it. */
export async function kill({ kill: signal, ended }: Process): Promise<void> {
  signal('SIGKILL')
  await ended
}

/** What its clients wait for after trouble: resolves with the milliseconds it took. */
export async function until(condition: () => Promise<boolean>, timeout: number): Promise<number> {
  const began = performance.now()
  await vi.waitUntil(condition, { timeout, interval: 20 })
  return Math.round(performance.now() - began)
}
