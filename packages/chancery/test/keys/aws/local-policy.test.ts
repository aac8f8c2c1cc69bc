// The policies of `aws policy --role ssm` and `--role data-key`, against the calls really made.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyDocument, RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { KeyBackend, KeyCreator } from '../../../src/core/backend.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { awsPolicy, type PolicyOptions, type PolicyRole } from '../../../src/keys/aws/policy.ts'
import { clearedFor, codeOf, errorOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation, useCredentials } from './emulator.ts'
import { startDataKey, startSsm } from './local.ts'

let ssm: Awaited<ReturnType<typeof startSsm>>
let dataKey: Awaited<ReturnType<typeof startDataKey>>
const opened: KeyBackend[] = []

beforeAll(async () => {
  ssm = await startSsm()
  dataKey = await startDataKey()
})
afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())))
afterAll(async () => {
  await ssm.close()
  await dataKey.close()
})

function isDocument(value: JsonObject): value is JsonObject & PolicyDocument {
  return Array.isArray(value['Statement'])
}

/** Credentials that hold the role's policy and nothing else. */
function enter(emulator: RunningEmulator, role: PolicyRole, options: Partial<PolicyOptions> = {}): void {
  const given = { region: emulator.region, account: '000000000000', installation, algorithms: ['ed25519'] } as const
  const { iam: policy } = awsPolicy(role, { ...given, ...options })
  if (!isDocument(policy)) throw new Error('no policy document')
  const accessKeyId = `ROLE${randomBytes(8).toString('hex').toUpperCase()}`
  const secretAccessKey = randomBytes(20).toString('hex')
  emulator.setIdentity({ accessKeyId, secretAccessKey, policy })
  useCredentials({ accessKeyId, secretAccessKey })
}

async function kept<B extends KeyBackend>(backend: B): Promise<B> {
  opened.push(backend)
  return backend
}

const place = (name = `confio-${randomBytes(4).toString('hex')}`, folder = 'confio') => ({
  name,
  path: `/${folder}/algorand/${name}/private-key`,
  labels: () => ({ address: 'ADDRESS', network: 'testnet', project: 'confio' }),
})

async function make(backend: KeyCreator, where = place()): Promise<KeyRef> {
  const id = newKeyId()
  return refOf(id, await backend.create({ id, algorithm: 'ed25519', place: where }, soon()))
}

const sign = (backend: KeyBackend, ref: KeyRef) => backend.sign(ref, clearedFor(ref, randomBytes(40)), soon())

describe('the role for Parameter Store', () => {
  const path = '/confio/*'

  it('makes, imports, enrols and uses keys', async () => {
    enter(ssm.emulator, 'ssm', { path })
    const backend = await kept(await ssm.open())
    const where = place()
    const ref = await make(backend, where)
    expect((await sign(backend, ref)).bytes).toHaveLength(64)
    const enrolled = await backend.enrol(
      { id: newKeyId(), algorithm: 'ed25519', place: where, name: where.name },
      soon(),
    )
    expect(toHex(enrolled.publicKey.bytes)).toBe(toHex(ref.publicKey))
    const hex = new Secret(utf8(toHex(randomBytes(32))))
    const asked = { id: newKeyId(), algorithm: 'ed25519', place: place() } as const
    const imported = await backend.import(asked, { format: 'hex', hex }, soon())
    expect((await sign(backend, refOf(asked.id, imported))).bytes).toHaveLength(64)
    expect(await backend.inspect(ref, 'enabled', soon())).toEqual([])
  })

  it('reads no other parameters, decrypts nothing but through them, and destroys nothing', async () => {
    enter(ssm.emulator, 'ssm', { path: '/other/*' })
    const other = await kept(await ssm.open())
    const ref = await make(other, place(undefined, 'other'))
    enter(ssm.emulator, 'ssm', { path })
    const backend = await kept(await ssm.open())
    const error = await errorOf(sign(backend, ref))
    expect(error).toMatchObject({ code: 'backend-denied', message: expect.stringContaining('ssm:GetParameter') })
    expect(await codeOf(backend.disable(ref, soon()))).toBe('backend-denied')
    expect(await codeOf(backend.scheduleDeletion(ref, 7, soon()))).toBe('backend-denied')
    expect(await codeOf(backend.purge(ref, soon()))).toBe('backend-denied')
  })

  it('forgets kms:Encrypt no more than such guides may: without it nothing is stored', async () => {
    const { iam } = awsPolicy('ssm', { region: ssm.emulator.region, account: '000000000000', path })
    expect(JSON.stringify(iam)).toContain('kms:Encrypt')
    enter(ssm.emulator, 'signer')
    expect(await codeOf(make(await kept(await ssm.open())))).toBe('backend-denied')
  })

  it('leaves the parameter to the deleter to take away, where it is given a path', async () => {
    enter(ssm.emulator, 'ssm', { path })
    const ref = await make(await kept(await ssm.open()))
    enter(ssm.emulator, 'deleter', { path })
    const backend = await kept(await ssm.open())
    await backend.disable(ref, soon())
    await backend.scheduleDeletion(ref, 7, soon())
    await backend.purge(ref, soon())
    expect(await codeOf(sign(backend, ref))).toBe('backend-denied')
  })
})

describe('the role for data key pairs', () => {
  it('names its statements as AWS takes it, in letters and digits', () => {
    const { iam, key } = awsPolicy('data-key', { region: 'eu-central-2', account: '111122223333' })
    const sids = [...JSON.stringify([iam, key]).matchAll(/"Sid":"([^"]*)"/g)].map(([, sid]) => sid)
    expect(sids).toContain('datakeyOpenPairs')
    expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid ?? ''))).toEqual([])
  })

  it('makes and uses them under the one key, with the context of its installation', async () => {
    enter(dataKey.emulator, 'data-key', { keyArn: dataKey.keyArn })
    const backend = await kept(await dataKey.open())
    const ref = await make(backend)
    expect((await sign(backend, ref)).bytes).toHaveLength(64)
    expect(await backend.probe(ref, soon())).toEqual({ ok: true })
    const stranger = await kept(await dataKey.open({ installation: 'ins_other' }))
    expect(await codeOf(make(stranger))).toBe('backend-denied')
  })
})
