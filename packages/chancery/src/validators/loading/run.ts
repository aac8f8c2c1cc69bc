/** One run of the loader: what is new is opened, judged by its public key, and brought in; each failure is named. */
import { chunksOf } from '../../base/chunks.ts'
import { deadlineIn } from '../../base/deadline.ts'
import { toLowerHex, type Hex } from '../../base/bytes.ts'
import { sideBySide } from '../../base/side-by-side.ts'
import { adviceIn, Failed, Refused } from '../../core/errors.ts'
import type { KeyRecord } from '../../core/key.ts'
import type { ImportKey } from '../../core/keyring.ts'
import type { LoadingStatus } from '../../core/validators.ts'
import { fault, filesAtOnce } from './files.ts'
import { keyConfigsIn } from './key-configs.ts'
import { keystoresIn } from './keystores.ts'
import type { LoadingRooms } from './rooms.ts'
import type { KeyFile, KeySource } from './source.ts'

/** Files whose keys are held in memory at once: 512 keystores take about 1 MiB. */
const batchSize = 512
/** Milliseconds a batch may take: a keystore of a whole second each, on a machine that is busy. */
const batchLimit = 3_600_000

/** What a file that was loaded whole had, and when it was that file. */
export interface Remembered {
  readonly stamp: string
  readonly publicKeys: readonly Hex[]
}

type Memory = ReadonlyMap<string, Remembered>

/** Mutable while its run lasts. */
export class Run {
  readonly #rooms: LoadingRooms
  readonly #before: Memory
  readonly #signal: AbortSignal
  readonly #remembered = new Map<string, Remembered>()
  /** Which source each key that is in use came from. */
  readonly #from = new Map<Hex, string>()
  readonly #keyOf = new Map<string, Hex>()
  readonly #failures: { source: string; message: string }[] = []
  readonly #leftAside: { source: string; message: string }[] = []
  #total = 0
  #folders = 0
  #foldersLost = 0

  constructor(rooms: LoadingRooms, before: Memory, signal: AbortSignal) {
    this.#rooms = rooms
    this.#before = before
    this.#signal = signal
  }

  /** Files whose keys are all in use: they need not be read again while they stay as they are. */
  get remembered(): Memory {
    return this.#remembered
  }

  /** Its lists grow with the run. */
  status(): Omit<LoadingStatus, 'state'> {
    return { loaded: this.#from.size, total: this.#total, failures: this.#failures, leftAside: this.#leftAside }
  }

  /** @returns how it ended. Does not throw for what is wrong with a file. */
  async work(): Promise<'completed' | 'completed_with_errors' | 'failed'> {
    const files = await this.#list()
    this.#total = files.length
    const fresh = files.filter((file) => !this.#recall(file))
    this.#progress()
    const turned = this.#rooms.shared ? turn(fresh) : fresh
    for (const some of chunksOf(turned, batchSize)) if (!this.#signal.aborted) await this.#batch(some)
    if (this.#signal.aborted) this.#fail('the service', 'It stopped before all keys were loaded')
    if (this.#folders > 0 && this.#foldersLost === this.#folders) return 'failed'
    return this.#failures.length === 0 ? 'completed' : 'completed_with_errors'
  }

  async #list(): Promise<readonly KeyFile[]> {
    const { keystores, keyConfigs } = this.#rooms.places
    const { readDocuments } = this.#rooms
    const files: KeyFile[] = []
    if (keystores) files.push(...(await this.#folder(keystores.folder, () => keystoresIn(keystores))))
    if (keyConfigs)
      files.push(...(await this.#folder(keyConfigs.folder, () => keyConfigsIn(keyConfigs.folder, readDocuments))))
    return files
  }

  async #folder(folder: string, list: () => Promise<readonly KeyFile[]>): Promise<readonly KeyFile[]> {
    this.#folders += 1
    try {
      return await list()
    } catch (error) {
      this.#foldersLost += 1
      this.#fail(folder, sentenceOf(error))
      return []
    }
  }

  /** Whether the file is as it was, with every key of it in use: then nothing of it is read. */
  #recall({ path, stamp }: KeyFile): boolean {
    const known = this.#before.get(path)
    if (known === undefined || stamp === '' || known.stamp !== stamp) return false
    if (!known.publicKeys.every((publicKey) => this.#inUse(publicKey) && !this.#from.has(publicKey))) return false
    for (const publicKey of known.publicKeys) this.#from.set(publicKey, path)
    this.#total += known.publicKeys.length - 1
    this.#remembered.set(path, known)
    return true
  }

  async #batch(files: readonly KeyFile[]): Promise<void> {
    const opened = await sideBySide(files, filesAtOnce, (file) => this.#open(file))
    const wanted = opened.flat().filter((source) => this.#isNew(source))
    const requests = await sideBySide(wanted, filesAtOnce, (source) => this.#request(source))
    await this.#import(requests.filter((one) => one !== undefined))
    this.#rememberWhole(files, opened)
    this.#progress()
  }

  async #open(file: KeyFile): Promise<readonly KeySource[]> {
    try {
      const sources = await file.open()
      this.#total += sources.length - 1
      return sources
    } catch (error) {
      this.#fail(file.path, sentenceOf(error))
      return []
    }
  }

  /** What is here already costs neither a password nor a signature. */
  #isNew({ name, publicKey }: KeySource): boolean {
    if (publicKey === undefined) return true
    const standing = this.#rooms.state.current().findKey(publicKey)
    if (standing === undefined) return true
    this.#standing(name, standing)
    return false
  }

  /** A key that was deleted or disabled here may sign elsewhere by now: a file that was left behind brings nothing back. */
  #standing(name: string, { state, publicKey }: KeyRecord): void {
    if (state === 'enabled') return this.#loaded(name, publicKey)
    const message = `Its key ${publicKey} is ${state} here and stays so: import it by itself to bring it back`
    this.#leftAside.push({ source: name, message })
  }

  #loaded(name: string, publicKey: Hex): void {
    const first = this.#from.get(publicKey)
    if (first !== undefined) return this.#fail(name, `It holds the same key as ${first}`)
    this.#from.set(publicKey, name)
    this.#keyOf.set(name, publicKey)
  }

  async #request(source: KeySource): Promise<Requested | undefined> {
    try {
      const { derivation } = source
      const more = derivation === undefined ? {} : { derivation }
      return { source, request: { ...this.#rooms.target, kind: 'decoded', secret: await source.secret(), ...more } }
    } catch (error) {
      this.#fail(source.name, sentenceOf(error))
      return undefined
    }
  }

  async #import(requested: readonly Requested[]): Promise<void> {
    if (requested.length === 0) return
    const { keyring, principal, clock, protect } = this.#rooms
    const call = { principal, deadline: deadlineIn(batchLimit, clock) }
    const take = (index: number, key: KeyRecord | Refused | Failed) => {
      const name = requested[index]?.source.name ?? ''
      if (key instanceof Error) this.#refused(name, key)
      else this.#loaded(name, toLowerHex(key.publicKey))
      this.#progress()
    }
    const requests = requested.map(({ request }) => request)
    await keyring.importMany(requests, take, call, (publicKeys) => protect(publicKeys).then(nothingRefused), {
      onlyNew: true,
    })
  }

  /** Another process, or another file, may have brought it in. */
  #refused(name: string, error: Refused | Failed): void {
    const { code, particulars } = error
    const standing = this.#rooms.state.current().findKey(particulars.got ?? '')
    const isHere = standing !== undefined && (code === 'already-exists' || code === 'key-state')
    if (isHere) this.#standing(name, standing)
    else this.#fail(name, sentenceOf(error))
  }

  #rememberWhole(files: readonly KeyFile[], opened: readonly (readonly KeySource[])[]): void {
    for (const [index, { path, stamp }] of files.entries()) {
      const sources = opened[index] ?? []
      const publicKeys = sources.flatMap(({ name }) => this.#keyOf.get(name) ?? [])
      if (sources.length > 0 && publicKeys.length === sources.length) this.#remembered.set(path, { stamp, publicKeys })
    }
  }

  #inUse(publicKey: Hex): boolean {
    return this.#rooms.state.current().findKey(publicKey)?.state === 'enabled'
  }

  #fail(source: string, message: string): void {
    this.#failures.push({ source, message })
    this.#rooms.failed?.(source, message)
  }

  #progress(): void {
    this.#rooms.progress?.({ state: 'running', ...this.status() })
  }
}

const nothingRefused = (): undefined => undefined

interface Requested {
  readonly source: KeySource
  readonly request: ImportKey
}

/** Processes that share a store begin at places of their own, and each skips what another has loaded. */
function turn<T>(items: readonly T[]): readonly T[] {
  const at = Math.floor(Math.random() * items.length)
  return [...items.slice(at), ...items.slice(0, at)]
}

/** What Refused and Failed say holds no content; of anything else nobody knows. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Refused || error instanceof Failed)) return fault('It could not be loaded').message
  return adviceIn(error)
}
