// Safety rule 12: local secrets live in child processes, and what those are.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as immediate, setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { GuardRow } from '../../../src/core/claim.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { kinds } from '../../../src/signers/frame.ts'
import { Lane } from '../../../src/signers/lane.ts'
import { createSealed, laneOptions, type SealedBackend } from '../../../src/keys/sealed/sealed.ts'
import { importGraph } from '../../signers/import-graph.ts'
import { clearedFor, codeOf, errorOf, newKeyId, refOf, soon, spellings } from '../../contract/key-backend.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'

const source = join(import.meta.dirname, '../../../src')
const canarySecret = Uint8Array.from(Buffer.from('c0ffee'.repeat(10) + 'c0de', 'hex'))
const canaryPassword = 'canary-password-4711'

let backend: SealedBackend
let kek: Uint8Array

beforeEach(async () => {
  kek = randomBytes(32)
  const keyEncryptionKey = new Secret(Uint8Array.from(kek))
  backend = await createSealed({ keyEncryptionKey, clock: systemClock, processes: 2 })
})
afterEach(() => backend.close())

async function makeKey(): Promise<KeyRef> {
  const id = newKeyId()
  return refOf(id, await backend.create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
}

const sign = (ref: KeyRef) => backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a signer process', () => {
  it('loads the signing half of the curves and the unsealing, and nothing else', () => {
    const { files, packages, late } = importGraph('keys/sealed/process.ts')
    expect(late).toEqual([])
    expect(files).toEqual([
      'base/bytes.ts',
      'base/uint64.ts',
      'curves/ed25519/sign.ts',
      'curves/secp256k1-schnorr/sign.ts',
      'curves/secp256k1/derive.ts',
      'curves/secp256k1/sign.ts',
      'keys/sealed/process.ts',
      'keys/sealed/seal.ts',
      'keys/sealed/serve.ts',
      'keys/sealed/signer.ts',
      'keys/sealed/together.ts',
      'signers/aes-gcm.ts',
      'signers/answer.ts',
      'signers/backup.ts',
      'signers/bip39.ts',
      'signers/clearance.ts',
      'signers/derivation.ts',
      'signers/envelope.ts',
      'signers/fields.ts',
      'signers/frame.ts',
      'signers/halves.ts',
      'signers/imported.ts',
      'signers/key-use.ts',
      'signers/keystore-parts.ts',
      'signers/keystore-v3.ts',
      'signers/mnemonic.ts',
      'signers/refusal.ts',
      'signers/seen-claims.ts',
      'signers/text.ts',
      'signers/tree-half.ts',
      'signers/words.ts',
    ])
    expect(packages).toEqual([
      '@noble/hashes/scrypt.js',
      '@noble/hashes/sha3.js',
      '@scure/bip32',
      '@scure/bip39/wordlists/english.js',
      'node:crypto',
      'node:fs',
      'tiny-secp256k1',
    ])
  })

  it('dies with the back-end', async () => {
    const pids = backend.processes()
    expect(pids.length).toBe(2)
    await backend.close()
    expect(pids.map(alive)).toEqual([false, false])
    expect(
      await codeOf(sign({ id: newKeyId(), algorithm: 'ed25519', publicKey: randomBytes(32), data: sealedData })),
    ).toBe('shutting-down')
  })

  it('goes on through the signals that stop a service', async () => {
    const ref = await makeKey()
    const pids = backend.processes()
    for (const pid of pids) for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(pid, signal)
    await Promise.all(Array.from({ length: 20 }, () => sign(ref)))
    expect(backend.processes()).toEqual(pids)
  })

  it('that dies fails what was under way, and is replaced', async () => {
    const ref = await makeKey()
    const pids = backend.processes()
    const under = Promise.all(Array.from({ length: 50 }, () => sign(ref).catch((error: unknown) => error)))
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    const failures = (await under).filter((outcome) => outcome instanceof Error)
    for (const failure of failures) expect(failure).toMatchObject({ code: 'backend-unavailable' })
    await vi.waitFor(async () => expect((await sign(ref)).bytes.length).toBe(65), { timeout: 15_000 })
    expect(backend.processes()).not.toEqual(pids)
  })

  it('that is silent is killed and replaced', async () => {
    const lane = new Lane(laneOptions(new Secret(randomBytes(32)), systemClock, 1_000))
    await lane.envelopeKey(soon())
    const pid = lane.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    const question = { kind: kinds.forget, fields: [utf8('key_1')], urgency: 0 } as const
    expect(await codeOf(lane.ask(question, soon()))).toBe('backend-unavailable')
    await vi.waitFor(() => lane.ask(question, soon()), { timeout: 15_000 })
    expect(alive(pid)).toBe(false)
    await lane.close()
  })

  it('that starts slowly is left to start', async () => {
    const lane = new Lane(laneOptions(new Secret(randomBytes(32)), systemClock, 200))
    const pid = lane.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    const started = lane.envelopeKey(soon())
    await expect(Promise.race([started, setTimeout(1_000, 'silent')])).resolves.toBe('silent')
    process.kill(pid, 'SIGCONT')
    expect((await started).length).toBe(32)
    expect(lane.pid).toBe(pid)
    await lane.close()
  })

  it('is not killed for a pause of the service itself', async () => {
    const lane = new Lane(laneOptions(new Secret(randomBytes(32)), systemClock, 300))
    await lane.envelopeKey(soon())
    const pid = lane.pid ?? 0
    const answer = lane.ask({ kind: kinds.forget, fields: [utf8('key_1')], urgency: 0 }, soon())
    await immediate()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
    await answer
    await immediate()
    expect([lane.pid, alive(pid)]).toEqual([pid, true])
    await lane.close()
  })

  it('signs what is urgent before what can wait', async () => {
    const lane = new Lane(laneOptions(new Secret(randomBytes(32)), systemClock, 5_000))
    await lane.envelopeKey(soon())
    const order: number[] = []
    const create = (urgency: 0 | 1 | 2) =>
      lane
        .ask({ kind: kinds.create, fields: [utf8('key_1'), utf8('secp256k1-ecdsa')], urgency }, soon())
        .then(() => order.push(urgency))
    await Promise.all([...Array.from({ length: 60 }, () => create(0)), create(1), create(2)])
    await lane.close()
    // Sixteen were on their way already.
    expect(order.indexOf(2)).toBeLessThanOrEqual(17)
    expect(order.indexOf(1)).toBe(order.indexOf(2) + 1)
  })

  it('refuses another root for a row it has signed for, and minds no windows', async () => {
    const ref = await makeKey()
    const row = { kind: 'nonce', scope: '0xab eip155:1', item: '0x07' } as const
    const signFor = (guard: GuardRow) => backend.sign(ref, clearedFor(ref, randomBytes(32), [guard]), soon())
    await signFor({ ...row, root: '0x01' })
    await signFor({ ...row, root: '0x01' })
    expect(await codeOf(signFor({ ...row, root: '0x02' }))).toBe('conflicts-with-earlier')
    await signFor({ ...row, root: '0x02', replaces: '0x01' })
    await signFor({ ...row, kind: 'window', root: '0x03' })
    expect((await signFor({ ...row, kind: 'window', root: '0x04' })).bytes.length).toBe(65)
  })

  it('ends with a service that was killed', async () => {
    const script = `
      import { createSealed } from ${JSON.stringify(join(source, 'keys/sealed/sealed.ts'))}
      import { Secret } from ${JSON.stringify(join(source, 'base/secret.ts'))}
      import { systemClock } from ${JSON.stringify(join(source, 'base/clock.ts'))}
      const backend = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32)), clock: systemClock })
      process.stdout.write(backend.processes().join() + '\\n')`
    const service = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(service.stdout, 'data')
    const pid = Number(line)
    expect(alive(pid)).toBe(true)
    service.kill('SIGKILL')
    await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 15_000 })
  })

  it('that never starts is waited for no longer than the deadline', againstClock, async () => {
    const lane = new Lane(laneOptions(new Secret(new Uint8Array(31)), systemClock, 60_000))
    const question = { kind: kinds.forget, fields: [utf8('key_1')], urgency: 0 } as const
    const started = performance.now()
    await errorOf(lane.ask(question, deadlineIn(200, systemClock)))
    const took = performance.now() - started
    await lane.close()
    expect(took, tooSlow).toBeLessThan(1_500)
  })

  describe.runIf(existsSync('/proc/self/environ'))('as the kernel shows it', () => {
    const proc = (pid: number, name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1')

    it('has an empty environment, no core file, no inspector, no rights and no secret among its arguments', async () => {
      await makeKey()
      for (const pid of backend.processes()) {
        expect(proc(pid, 'environ').replace(/^PWD=\/\0$/, '')).toBe('')
        expect(proc(pid, 'limits')).toMatch(/Max core file size +0 +0/)
        const argumentsText = proc(pid, 'cmdline')
        expect(argumentsText).toContain('--disable-sigusr1')
        expect(argumentsText).not.toContain('--inspect')
        // Node's permission model: files may be read, and no right beside that.
        expect(argumentsText).toContain('--permission')
        expect(new Set(argumentsText.match(/--allow-[a-z-]+/g))).toEqual(new Set(['--allow-fs-read']))
        for (const spelling of spellings(kek)) expect(argumentsText).not.toContain(spelling)
      }
    })

    it('does not listen to the signal that opens an inspector', () => {
      const userSignal1 = 1n << 9n
      for (const pid of backend.processes()) {
        const caught = BigInt(`0x${/SigCgt:\s+([0-9a-f]+)/.exec(proc(pid, 'status'))?.[1] ?? ''}`)
        expect(caught & userSignal1).toBe(0n)
      }
    })
  })
})

const sealedData = { version: 1, salt: toHex(new Uint8Array(32)), nonce: toHex(new Uint8Array(12)), ciphertext: '0x' }

describe('an import', () => {
  it('of a hex key makes the key of that secret, and wipes it', async () => {
    const id = newKeyId()
    const hex = new Secret(utf8(`${toHex(canarySecret)}\n`))
    const made = await backend.import({ id, algorithm: 'secp256k1-ecdsa' }, { format: 'hex', hex }, soon())
    expect((await sign(refOf(id, made))).bytes.length).toBe(65)
    expect(() => hex.use(toHex)).toThrow('wiped')
  })

  it('leaves no process behind', async () => {
    const before = backend.processes()
    const hex = new Secret(utf8('nonsense'))
    const work = backend.import({ id: newKeyId(), algorithm: 'secp256k1-ecdsa' }, { format: 'hex', hex }, soon())
    const extra = backend.processes().filter((pid) => !before.includes(pid))
    expect(await codeOf(work)).toBe('invalid-payload')
    expect(extra.map(alive)).toEqual([false])
    expect(backend.processes()).toEqual(before)
  })
})

describe('nothing secret is said', () => {
  it('in errors, key data or findings, in five encodings', async () => {
    const request = () => ({ id: newKeyId(), algorithm: 'secp256k1-ecdsa' }) as const
    const secretText = () => new Secret(utf8(toHex(canarySecret)))
    const password = () => new Secret(utf8(canaryPassword))
    const made = await backend.import(request(), { format: 'hex', hex: secretText() }, soon())
    const ref = refOf(newKeyId(), made)
    const keystore = (text: string) =>
      ({ format: 'keystore-v3', keystore: new Secret(utf8(text)), password: password() }) as const
    const zeros = '00'.repeat(32)
    const kdfparams = { dklen: 32, c: 1, prf: 'hmac-sha256', salt: zeros }
    const crypto = {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '00'.repeat(16) },
      ciphertext: zeros,
      kdf: 'pbkdf2',
      kdfparams,
      mac: zeros,
    }
    const errors = await Promise.all([
      errorOf(sign(ref)),
      errorOf(backend.publicKey(ref, soon())),
      errorOf(backend.import(request(), { format: 'hex', hex: new Secret(utf8(`${toHex(canarySecret)}0`)) }, soon())),
      errorOf(backend.import(request(), keystore(`{"${toHex(canarySecret)}`), soon())),
      errorOf(backend.import(request(), keystore(JSON.stringify({ version: 3, crypto })), soon())),
      errorOf(backend.import({ id: newKeyId(), algorithm: 'bls12-381' }, { format: 'hex', hex: secretText() }, soon())),
    ])
    const finding = await backend.probe(ref, soon())
    const said = [...errors.map(everything), JSON.stringify(made.data), JSON.stringify(finding)].join('\n')
    expect(said).toContain('password does not open')
    for (const secret of [canarySecret, kek, utf8(canaryPassword)]) {
      for (const spelling of spellings(secret)) expect(said).not.toContain(spelling)
    }
  })
})

function everything(error: Error): string {
  return [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n')
}
