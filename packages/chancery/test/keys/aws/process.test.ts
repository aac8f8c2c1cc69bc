// Safety rule 12 for the process that signs with keys AWS decrypts: what it loads, what it is given, what it says.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { BackendCall } from '../../../src/core/backend.ts'
import type { Failed } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { clearedFor, codeOf, newKeyId, refOf, soon, spellings } from '../../contract/key-backend.ts'
import { importGraph } from '../../signers/import-graph.ts'
import { useCredentials } from './emulator.ts'
import { startSsm } from './local.ts'

let aws: Awaited<ReturnType<typeof startSsm>>
const observed: BackendCall[] = []

beforeAll(async () => {
  aws = await startSsm({}, { observe: (call) => void observed.push(call) })
})
afterEach(() => {
  aws.emulator.faults.clear()
  aws.emulator.setIdentity(aws.emulator.credentials)
  useCredentials(aws.emulator.credentials)
})
afterAll(() => aws.close())

const seed = Uint8Array.from(randomBytes(32))

async function importedKey(): Promise<KeyRef> {
  const id = newKeyId()
  const secret = { format: 'hex', hex: new Secret(utf8(toHex(seed))) } as const
  return refOf(id, await aws.backend.import({ id, algorithm: 'ed25519' }, secret, soon()))
}

const sign = (ref: KeyRef) => aws.backend.sign(ref, clearedFor(ref, randomBytes(40)), soon())

describe('the AWS signer process', () => {
  it('loads the signing half of the curves, what signer processes are made of, and the AWS SDK', () => {
    const { files, packages, late } = importGraph('keys/aws/signer/process.ts')
    const rooms = new Set(files.map((file) => file.replace(/\/[^/]*$/, '')))
    expect([...rooms].toSorted()).toEqual([
      'base',
      'core',
      'curves/ed25519',
      'curves/secp256k1',
      'curves/secp256k1-schnorr',
      'keys/aws',
      'keys/aws/signer',
      'keys/aws/ssm',
      'signers',
    ])
    expect(files.filter((file) => file.startsWith('keys/aws/'))).toEqual([
      'keys/aws/client.ts',
      'keys/aws/connection.ts',
      'keys/aws/error-rule.ts',
      'keys/aws/error-rules.ts',
      'keys/aws/errors.ts',
      'keys/aws/evidence.ts',
      'keys/aws/key-states.ts',
      'keys/aws/pace.ts',
      'keys/aws/pauses.ts',
      'keys/aws/signer/answer.ts',
      'keys/aws/signer/formats.ts',
      'keys/aws/signer/held.ts',
      'keys/aws/signer/pending.ts',
      'keys/aws/signer/pkcs8.ts',
      'keys/aws/signer/process.ts',
      'keys/aws/signer/questions.ts',
      'keys/aws/signer/signer.ts',
      'keys/aws/signer/sources.ts',
      'keys/aws/ssm/error-rules.ts',
    ])
    // Nothing that starts processes, and no chain.
    expect(files).not.toContain('signers/child.ts')
    expect(files).not.toContain('signers/tree-half.ts')
    expect(packages).not.toContain('node:child_process')
    expect(late).toEqual(['@aws-sdk/client-kms', '@aws-sdk/client-ssm'])
  })

  it('gets its credentials from the service, also when they change', async () => {
    const ref = await importedKey()
    const former = aws.emulator.credentials
    const others = { accessKeyId: 'AKIAOTHER00000000000', secretAccessKey: 'another secret access key of 40 letters!' }
    aws.emulator.setIdentity(others)
    // The former ones are refused from here on; the chain finds the others.
    aws.emulator.setIdentity({ ...former, policy: { Version: '2012-10-17', Statement: [] } })
    useCredentials(others)
    aws.emulator.clearCalls()
    expect((await sign(ref)).bytes).toHaveLength(64)
    const used = aws.emulator.calls.filter(({ operation }) => operation === 'GetParameter')
    expect(used.map(({ accessKeyId }) => accessKeyId)).toEqual([former.accessKeyId, others.accessKeyId])
  })

  it('reports its calls to whoever counts them', async () => {
    const ref = await importedKey()
    observed.length = 0
    await sign(ref)
    await expect.poll(() => observed).toMatchObject([{ operation: 'GetParameter', outcome: 'ok', attempt: 1 }])
  })

  it('reports a parameter that somebody deleted as the failure it is', async () => {
    const ref = await importedKey()
    await aws.backend.purge(ref, soon())
    observed.length = 0
    expect(await codeOf(sign(ref))).toBe('key-state')
    await expect.poll(() => observed).toMatchObject([{ operation: 'GetParameter', outcome: 'final' }])
  })

  it('that dies is replaced, and the work it had is said to have failed', async () => {
    const ref = await importedKey()
    const [pid = 0] = aws.backend.processes()
    aws.emulator.faults.add({ kind: 'hang', operation: 'GetParameter', count: 1 })
    const lost = codeOf(sign(ref))
    await expect.poll(() => aws.emulator.faults.list()[0]?.fired).toBe(1)
    process.kill(pid, 'SIGKILL')
    expect(await lost).toBe('backend-unavailable')
    aws.emulator.faults.clear()
    await vi.waitFor(async () => expect((await sign(ref)).bytes).toHaveLength(64), { timeout: 15_000 })
    expect(aws.backend.processes()).not.toEqual([pid])
  })

  it('fetches again after a failure, for each who asks', async () => {
    const ref = await importedKey()
    aws.emulator.faults.add({ kind: 'deny', operation: 'GetParameter', count: 1 })
    const outcomes = await Promise.allSettled([sign(ref), sign(ref)])
    const reasons = outcomes.map((one): unknown => (one.status === 'rejected' ? one.reason : 'it signed'))
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'backend-denied' } satisfies Partial<Failed>)
    expect((await sign(ref)).bytes).toHaveLength(64)
  })

  describe.runIf(existsSync('/proc/self/environ'))('as the kernel shows it', () => {
    const proc = (pid: number, name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1')

    it('has an empty environment, no core file, no inspector, and no secret among its arguments', async () => {
      await importedKey()
      for (const pid of aws.backend.processes()) {
        expect(proc(pid, 'environ').replace(/^PWD=\/\0$/, '')).toBe('')
        expect(proc(pid, 'limits')).toMatch(/Max core file size +0 +0/)
        const said = proc(pid, 'cmdline')
        expect(said).toContain('--disable-sigusr1')
        expect(new Set(said.match(/--allow-[a-z-]+/g))).toEqual(new Set(['--allow-fs-read']))
        expect(said).not.toContain('*')
        expect(said).not.toContain(aws.emulator.credentials.secretAccessKey)
        for (const spelling of spellings(seed)) expect(said).not.toContain(spelling)
      }
    })
  })
})
