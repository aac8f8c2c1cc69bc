/** What the service process no longer needs is no longer in its memory. Reads that memory, which only Linux offers as a file. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { loadBackends } from '../../src/compose/parts.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Secret } from '../../src/base/secret.ts'
import { canCreate } from '../../src/core/backend.ts'
import { environmentOf } from '../environment.ts'

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))
const linux = existsSync('/proc/self/mem')
if (!linux) console.warn('No /proc/self/mem here: the memory of the service is not looked at')

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-wiped-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

test('the key-encryption key, once the back-ends took their subkeys', async () => {
  const keyEncryptionKey = new Secret(randomBytes(32))
  const config = loadConfig({ flags: {}, env: { HOME: folder }, cwd: folder })
  const [sealed] = await loadBackends({ config, keyEncryptionKey, installation: 'ins_test', clock: systemClock })
  expect(() => keyEncryptionKey.use(() => {})).toThrow('wiped')
  if (sealed === undefined || !canCreate(sealed)) throw new Error('the first back-end makes no keys')
  const made = await sealed.create({ id: 'key_1', algorithm: 'secp256k1-ecdsa' }, deadlineIn(10_000, systemClock))
  expect(made.publicKey.bytes).toHaveLength(33)
  await sealed.close()
})

test.runIf(linux)(
  'a key file, in all memory of a running service',
  async () => {
    const keyFile = join(folder, 'key')
    const key = randomBytes(32)
    writeFileSync(keyFile, key, { mode: 0o600 })
    expect(await copiesIn(['--key-file', keyFile], key)).toBe(0)
    // The search finds what is there: the path stands in the configuration.
    expect(await copiesIn(['--key-file', keyFile], Buffer.from(keyFile))).toBeGreaterThan(0)
  },
  60_000,
)

/** How often `needle` stands in the memory of a service that listens. */
async function copiesIn(flags: readonly string[], needle: Buffer): Promise<number> {
  const env = environmentOf(folder)
  const args = [bin, 'serve', '--json', '--port', '0', '--log-level', 'error', ...flags]
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  const found = copiesInProcess(child.pid ?? 0, needle)
  child.kill('SIGTERM')
  await once(child, 'close')
  return found
}

function copiesInProcess(pid: number, needle: Buffer): number {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const areas = [...readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^(\w+)-(\w+) rw/gm)]
  const counts = areas.map(([, from, to]) => copiesInArea(memory, BigInt(`0x${from}`), BigInt(`0x${to}`), needle))
  closeSync(memory)
  return counts.reduce((sum, count) => sum + count, 0)
}

const piece = 1n << 20n

function copiesInArea(memory: number, from: bigint, to: bigint, needle: Buffer): number {
  let count = 0
  // Pieces overlap, so that no copy is cut in two.
  const step = piece - BigInt(needle.length - 1)
  for (let at = from; at < to; at += step) {
    const bytes = readAt(memory, at, Number(to - at < piece ? to - at : piece))
    for (let found = bytes.indexOf(needle); found >= 0; found = bytes.indexOf(needle, found + 1)) count++
  }
  return count
}

/** Nothing where an area is reserved and cannot be read. */
function readAt(memory: number, position: bigint, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  try {
    return buffer.subarray(0, readSync(memory, buffer, 0, length, position))
  } catch {
    return buffer.subarray(0, 0)
  }
}
