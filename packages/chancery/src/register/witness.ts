/**
 * What this process saw, kept outside the store: its newest acknowledged segment and the newest checkpoint. A store that
 * does not have them was rolled back.
 *
 * Two files. `<path>.head` is rewritten in place after every commit, before anyone is answered, without fsync (some tens of microseconds;
 * an fsync a commit would halve the throughput): it survives the end of the process, and `sync`, called every second, makes
 * it survive the end of the machine. `<path>` is written whole and durably at every checkpoint, every minute and at stop.
 * The limit: a store rolled back by less than a second's commits together with a power cut goes unnoticed, and so does a tail
 * cut off together with this file, before a checkpoint reached anyone else.
 */
import { closeSync, constants, fchmodSync, openSync, readFileSync, writeSync } from 'node:fs'
import { open, rename, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { isLowerHex, sha256, toHex, utf8, type Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import { canonical } from '../base/json.ts'
import { Failed } from '../core/errors.ts'
import type { Checkpoint, Store } from '../core/store.ts'
import type { Head } from './round.ts'

export interface Witnessed {
  readonly head?: Head
  readonly checkpoint?: Checkpoint
}

export interface Witness {
  /** What was seen so far, by this process and the ones before it on this file. */
  seen(): Witnessed
  /** Before anyone is answered. @throws when the file cannot be written: then nobody is. */
  acknowledge(head: Head): void
  /** Durable with the next `persist`: what a file made durable each second would take of the disk, signatures wait for. */
  keep(checkpoint: Checkpoint): void
  /** Forgets what was seen before, once an administrator accepted that it is lost. Durable when it resolves. */
  startAnew(head: Head): Promise<void>
  /** Makes the heads acknowledged so far durable. Every second. */
  sync(): Promise<void>
  /** Writes all of it durably. Every minute, and at stop. */
  persist(): Promise<void>
  close(): Promise<void>
}

interface Kept extends Witnessed {
  /** Rises with every write, so that of two files the newer one is known. */
  readonly count: number
}

/** Fixed, so that rewriting it in place never leaves a tail of an older one; one sector, so that it does not tear. */
const headSize = 512

/** @throws Failed `store-corrupt` when a file is there and cannot be read: it is never silently taken as absent. */
export async function openWitness(options: { readonly path: string }): Promise<Witness> {
  const whole = readIfThere(options.path)
  const head = readIfThere(`${options.path}.head`)
  const kept = newest(whole === undefined ? undefined : parseWhole(whole), head === undefined ? undefined : parse(head))
  const file = openSync(`${options.path}.head`, constants.O_RDWR | constants.O_CREAT, 0o600)
  fchmodSync(file, 0o600)
  return new WitnessFile(options.path, file, kept)
}

class WitnessFile implements Witness {
  readonly #path: string
  readonly #file: number
  #kept: Kept
  #dirty = false
  #writing: Promise<void> = Promise.resolve()

  constructor(file: string, descriptor: number, kept: Kept) {
    this.#path = file
    this.#file = descriptor
    this.#kept = kept
  }

  seen(): Witnessed {
    return this.#kept
  }

  acknowledge(head: Head): void {
    this.#kept = { ...this.#kept, head, count: this.#kept.count + 1 }
    writeSync(this.#file, Buffer.from(sealed({ head, count: this.#kept.count }).padEnd(headSize)), 0, headSize, 0)
    this.#dirty = true
  }

  keep(checkpoint: Checkpoint): void {
    const known = this.#kept.checkpoint?.size ?? 0
    if (checkpoint.size < known) return
    this.#kept = { ...this.#kept, checkpoint, count: this.#kept.count + 1 }
  }

  async startAnew(head: Head): Promise<void> {
    this.#kept = { count: this.#kept.count }
    this.acknowledge(head)
    await this.persist()
  }

  async sync(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    await durably(`${this.#path}.head`).catch((error: unknown) => {
      this.#dirty = true
      throw error
    })
  }

  /** One at a time: two writers of one temporary file would mix. */
  persist(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => replaceFile(this.#path, sealed(this.#kept)))
    return this.#writing
  }

  /** @throws when it cannot be written whole any more; it is closed all the same */
  async close(): Promise<void> {
    try {
      await this.persist()
    } finally {
      closeSync(this.#file)
    }
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Failed('store-corrupt', `The witness file ${file} cannot be read`, { cause: error })
  }
}

/** The text, then its SHA-256: a file cut short or torn is known as such. */
function sealed({ head, checkpoint, count }: Kept): string {
  const text = canonical({
    count,
    ...(head && { head: { stream: head.stream, seq: head.seq, hash: head.hash } }),
    ...(checkpoint && { checkpoint: { size: checkpoint.size, root: checkpoint.root, note: checkpoint.note } }),
  })
  return `${text}\n${toHex(sha256(utf8(text)))}\n`
}

function parse(text: string): Kept | undefined {
  const [body = '', sum] = text.split('\n')
  if (toHex(sha256(utf8(body))) !== sum) return undefined
  const value: unknown = JSON.parse(body)
  return isKept(value) ? value : undefined
}

function parseWhole(text: string): Kept {
  const kept = parse(text)
  if (kept === undefined) {
    throw new Failed(
      'store-corrupt',
      'The witness file is damaged: restore it, or move it away and accept the gap on record',
    )
  }
  return kept
}

function isKept(value: unknown): value is Kept {
  if (!isRecord(value) || !Number.isSafeInteger(value['count'])) return false
  const { head, checkpoint } = value
  const headFits =
    head === undefined || (isRecord(head) && typeof head['stream'] === 'string' && isLowerHex(head['hash'], 32))
  return headFits && (checkpoint === undefined || (isRecord(checkpoint) && isLowerHex(checkpoint['root'], 32)))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** The head file may be torn by a power cut: then the whole file, synced no more than a minute before, stands. */
function newest(whole: Kept | undefined, head: Kept | undefined): Kept {
  const kept = whole ?? { count: 0 }
  if (head?.head === undefined || head.count < kept.count) return kept
  return { ...kept, head: head.head, count: head.count }
}

async function durably(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.datasync()
}

/** Temporary file, fsync, rename, fsync of the directory: after a crash the old or the new content is there, whole. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`
  await withFile(await open(temporary, 'w', 0o600), async (handle) => {
    await handle.chmod(0o600)
    await handle.writeFile(text)
    await handle.sync()
  })
  await rename(temporary, file)
  await withFile(await open(path.dirname(file), 'r'), (handle) => handle.sync())
}

async function withFile(handle: FileHandle, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(handle)
  } finally {
    await handle.close()
  }
}

export type WitnessCheck = { readonly status: 'ok' } | { readonly status: 'behind'; readonly what: string }

/** Whether the store still has what was witnessed: cheap enough for every start. `verifyRegister` recomputes the tree. */
export async function checkWitness(
  store: Pick<Store, 'segmentHash' | 'checkpoints' | 'streams' | 'shared'>,
  seen: Witnessed,
  deadline: Deadline,
): Promise<WitnessCheck> {
  const { head, checkpoint } = seen
  if (head === undefined && checkpoint === undefined) return unwitnessed(store, deadline)
  if (head !== undefined) {
    const hash = await store.segmentHash({ stream: head.stream, seq: head.seq }, deadline)
    if (hash !== head.hash) return behind(`segment ${head.stream}/${head.seq}`, hash)
  }
  if (checkpoint === undefined || checkpoint.size === 0) return { status: 'ok' }
  const [kept] = await store.checkpoints(checkpoint.size - 1, 1, deadline)
  const root = kept?.size === checkpoint.size ? kept.root : undefined
  return root === checkpoint.root ? { status: 'ok' } : behind(`checkpoint ${checkpoint.size}`, root)
}

/**
 * Without a witness only a new store can be trusted to be whole: one with entries was brought here, perhaps from an old
 * backup. Where several processes share a store, each of them begins with nothing seen.
 */
async function unwitnessed(store: Pick<Store, 'streams' | 'shared'>, deadline: Deadline): Promise<WitnessCheck> {
  if (store.shared || (await store.streams(deadline)).length === 0) return { status: 'ok' }
  return { status: 'behind', what: 'the store has a history that no witness here has seen' }
}

function behind(what: string, found: Hex | undefined): WitnessCheck {
  const how = found === undefined ? 'is missing from the store' : 'is another one in the store'
  return { status: 'behind', what: `${what} was witnessed and ${how}` }
}
