/**
 * Signatures in bulk from the emulator, whose DER is of every length and whose s is high half of the time: each verifies
 * by a second library, none leaves with a high s, and each costs one Sign. `SIGNATURES` through the key back-end (20,000
 * unless given), a tenth of that through the whole flow.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256, toHex, utf8 } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import type { KeyRef, PublicKey } from '../../../src/core/key.ts'
import type { Payload } from '../../../src/core/payload.ts'
import { curveOf } from '../../../src/curves/curves.ts'
import { createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { clear } from '../../../src/signing/clear.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'
import { readBackendLog } from '../../faults/invariants/backend-log.ts'
import { startRun } from '../../faults/signing-run.ts'
import type { Child } from './child.ts'
import { startBackend, type Home } from './served.ts'

const count = Number(process.env['SIGNATURES'] ?? 20_000)
/** At once: through the flow few, since there the emulator shares this process. */
const together = { backend: 16, flow: 16 }
/** SEC 2, 2.4.1: half of the order of the group. */
const halfOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n / 2n

/** Milliseconds, for machines that have other work as well. */
const limit = 60_000 + count * 60

/** The answers where something took longer than it may, as on a machine that stood still. */
const late = ['in-doubt', 'deadline-exceeded']

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-signatures-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs `work` for 0 … `total` - 1, so many at a time. */
async function each(total: number, together: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let n = next++; n < total; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: together }, worker))
}

/** OpenSSL's verdict, which the service does not ask. It hashes by itself, so it is given the text. */
function faultsOf(signature: Uint8Array, text: Uint8Array, key: KeyObject): readonly string[] {
  const s = BigInt(toHex(signature.subarray(32, 64)))
  const verified = verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature.subarray(0, 64))
  return [...(s > halfOrder ? ['high s'] : []), ...(verified ? [] : ['does not verify'])]
}

/** RFC 5480: a SubjectPublicKeyInfo of a compressed point of secp256k1. */
function opensslKey({ bytes }: PublicKey): KeyObject {
  const head = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex')
  return createPublicKey({ key: Buffer.concat([head, bytes]), format: 'der', type: 'spki' })
}

test(
  `${count} through the key back-end`,
  async () => {
    const { emulator, home } = await startBackend(folder)
    try {
      const began = performance.now()
      const found = await signMany(emulator, home)
      expect(found).toEqual([])
      const signs = readBackendLog(home.backendLog)
      expect(signs).toHaveLength(count)
      expect(new Set(signs.map(({ payloadHash }) => payloadHash)).size).toBe(count)
      const seconds = Math.round((performance.now() - began) / 100) / 10
      process.stdout.write(
        `signatures: ${count} through the key back-end in ${seconds} s, one Sign each, none high-S\n`,
      )
    } finally {
      await emulator.end('SIGTERM')
    }
  },
  limit,
)

async function signMany({ ready }: Child, { env }: Home): Promise<readonly string[]> {
  Object.assign(process.env, env, { HOME: process.env['HOME'], PATH: process.env['PATH'] })
  const [region, endpoint] = [String(ready['region']), String(ready['url'])]
  const backend = await createAwsKms({
    region,
    endpoint,
    installation: 'ins_test',
    clock: systemClock,
    quota: 1_000_000,
  })
  const id = 'key_00000000000000000000000000'
  const made = await backend.create({ id, algorithm: 'secp256k1-ecdsa' }, deadlineIn(10_000, systemClock))
  const ref: KeyRef = { id, algorithm: 'secp256k1-ecdsa', publicKey: made.publicKey.bytes, data: made.data }
  const curve = curveOf('secp256k1-ecdsa')
  const openssl = opensslKey(made.publicKey)
  const found: string[] = []
  await each(count, together.backend, async (n) => {
    const text = utf8(`payload ${n}`)
    const bytes = sha256(text)
    const payload: Payload = { key: id, algorithm: 'secp256k1-ecdsa', bytes, prehashed: true, urgency: 0 }
    const cleared = clear(payload, 'att_00000000000000000000000000', { guards: [], duties: [] }, systemClock)
    const raw = await backend.sign(ref, cleared, deadlineIn(30_000, systemClock))
    const signature = curve.normalise(raw, bytes, made.publicKey)
    found.push(...faultsOf(signature.bytes, text, openssl))
  })
  await backend.close()
  return found
}

test(`${count / 10} through the whole flow`, { ...againstClock, timeout: limit }, async () => {
  const run = await startRun(await mkdtemp(join(folder, 'flow-')))
  try {
    const began = performance.now()
    const codes: (string | undefined)[] = []
    await each(count / 10, together.flow, async (n) => void codes.push(await run.sign(run.keys.kms, n)))
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const verdict = run.check()
    expect(verdict.findings).toEqual([])
    const unsigned = codes.filter((code) => code !== undefined)
    expect(unsigned.filter((code) => !late.includes(code))).toEqual([])
    expect(unsigned, tooSlow).toEqual([])
    // One more: the proof of possession of the new key.
    expect(verdict.counts).toMatchObject({ releases: count / 10, signs: count / 10 + 1 })
    process.stdout.write(`signatures: ${count / 10} through the whole flow in ${seconds} s, one Sign each\n`)
  } finally {
    await run.close()
  }
})
