// The policies of `aws policy --layout ssm` and `--layout data-key`, against the calls really made.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { ACCOUNT, type PolicyDocument, type RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { KeyBackend, KeyCreator } from '../../../src/core/backend.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { Failed } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { awsPolicy, type PolicyOptions, type PolicyRole, rolesOf } from '../../../src/keys/aws/policy.ts'
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

function statementsOf(role: PolicyRole, options: PolicyOptions) {
  const { iam } = awsPolicy(role, options)
  if (!isDocument(iam)) throw new Error('no policy document')
  return [iam.Statement].flat()
}

/** Credentials that hold the policies of these roles and nothing else. */
function enter(emulator: RunningEmulator, roles: readonly PolicyRole[], options: Partial<PolicyOptions>): void {
  const given = { region: emulator.region, account: ACCOUNT, installation, algorithms: ['ed25519'] } as const
  const Statement = roles.flatMap((role) => statementsOf(role, { ...given, ...options }))
  const accessKeyId = `ROLE${randomBytes(8).toString('hex').toUpperCase()}`
  const secretAccessKey = randomBytes(20).toString('hex')
  emulator.setIdentity({ accessKeyId, secretAccessKey, policy: { Version: '2012-10-17', Statement } })
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

/** Of the latest call that was refused, `kms:Encrypt`. */
async function missing(work: Promise<unknown>): Promise<unknown> {
  const error = await errorOf(work)
  if (!(error instanceof Failed)) return error
  return /AWS does not allow (\S+) on/.exec(error.message)?.[1] ?? error.message
}

describe('the roles for Parameter Store', () => {
  const own = { layout: 'ssm', path: '/confio/*' } as const
  const makers = ['creator', 'signer'] as const

  it('together make, import, enrol and use keys', async () => {
    enter(ssm.emulator, makers, own)
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

  it('the creator stores a key and cannot read it back', async () => {
    enter(ssm.emulator, ['creator'], own)
    const backend = await kept(await ssm.open())
    expect(await missing(sign(backend, await make(backend)))).toBe('kms:Decrypt')
  })

  it('the signer signs, looks, and makes nothing', async () => {
    enter(ssm.emulator, makers, own)
    const ref = await make(await kept(await ssm.open()))
    enter(ssm.emulator, ['signer'], own)
    const backend = await kept(await ssm.open())
    expect((await sign(backend, ref)).bytes).toHaveLength(64)
    expect(await backend.inspect(ref, 'enabled', soon())).toEqual([])
    expect(await backend.probe(ref, soon())).toEqual({ ok: true })
    expect(await missing(make(backend))).toBe('kms:CreateKey')
    expect(await missing(backend.disable(ref, soon()))).toBe('kms:DisableKey')
  })

  it('reach no parameters of another project, and destroy nothing', async () => {
    const others = { layout: 'ssm', path: '/other/*' } as const
    enter(ssm.emulator, makers, others)
    const ref = await make(await kept(await ssm.open()), place('other-testnet-sponsor', 'other'))
    enter(ssm.emulator, makers, own)
    const backend = await kept(await ssm.open())
    expect(await missing(sign(backend, ref))).toBe('ssm:GetParameter')
    expect(await missing(make(backend, place('other-mainnet-sponsor')))).toBe('kms:CreateAlias')
    expect(await missing(backend.scheduleDeletion(ref, 7, soon()))).toBe('kms:ScheduleKeyDeletion')
    expect(await missing(backend.purge(ref, soon()))).toBe('ssm:DeleteParameter')
  })

  it('store nothing without kms:Encrypt, which such guides forget', async () => {
    const given = { region: ssm.emulator.region, account: ACCOUNT, ...own }
    const Statement = makers
      .flatMap((role) => statementsOf(role, given))
      .filter(({ Action }) => ![Action].flat().includes('kms:Encrypt'))
    const [accessKeyId, secretAccessKey] = ['WITHOUTENCRYPT', 'secret']
    ssm.emulator.setIdentity({ accessKeyId, secretAccessKey, policy: { Statement } })
    useCredentials({ accessKeyId, secretAccessKey })
    expect(await missing(make(await kept(await ssm.open())))).toBe('kms:Encrypt')
  })

  it('hold in their region, through Parameter Store, and for its parameters alone', async () => {
    enter(ssm.emulator, makers, { ...own, region: 'eu-central-2' })
    expect(await missing(make(await kept(await ssm.open())))).toBe('ssm:GetParameter')
    enter(ssm.emulator, makers, own)
    const { region, url: endpoint } = ssm.emulator
    const kms = new KMSClient({ region, endpoint, maxAttempts: 1 })
    const { arn } = (await make(await kept(await ssm.open()))).data
    const KeyId = typeof arn === 'string' ? arn : ''
    const direct = kms.send(new EncryptCommand({ KeyId, Plaintext: randomBytes(8) }))
    await expect(direct).rejects.toMatchObject({ name: 'AccessDeniedException' })
    kms.destroy()
  })

  it('leave the parameter to the deleter, once the window has ended', async () => {
    enter(ssm.emulator, makers, own)
    const ref = await make(await kept(await ssm.open()))
    enter(ssm.emulator, ['deleter'], own)
    const backend = await kept(await ssm.open())
    await backend.disable(ref, soon())
    await backend.enable(ref, soon())
    await backend.scheduleDeletion(ref, 7, soon())
    await backend.cancelDeletion(ref, soon())
    await backend.scheduleDeletion(ref, 7, soon())
    expect(await missing(backend.purge(ref, soon()))).toBe('ssm:DeleteParameter')
    enter(ssm.emulator, ['deleter'], { ...own, purgeAfter: '2099-01-01T00:00:00Z' })
    expect(await missing((await kept(await ssm.open())).purge(ref, soon()))).toBe('ssm:DeleteParameter')
    enter(ssm.emulator, ['deleter'], { ...own, purgeAfter: '2026-01-01T00:00:00Z' })
    const later = await kept(await ssm.open())
    await later.purge(ref, soon())
    expect(await codeOf(sign(later, ref))).toBe('backend-denied')
  })
})

describe('the roles for data key pairs', () => {
  const layout = 'data-key'

  it('make and use them under the one key, with the context of their installation', async () => {
    enter(dataKey.emulator, ['creator', 'signer'], { layout, keyArn: dataKey.keyArn })
    const backend = await kept(await dataKey.open())
    const ref = await make(backend)
    expect((await sign(backend, ref)).bytes).toHaveLength(64)
    expect(await backend.probe(ref, soon())).toEqual({ ok: true })
    const stranger = await kept(await dataKey.open({ installation: 'ins_other' }))
    expect(await missing(make(stranger))).toBe('kms:GenerateDataKeyPairWithoutPlaintext')
    enter(dataKey.emulator, ['signer'], { layout, keyArn: dataKey.keyArn })
    const signer = await kept(await dataKey.open())
    expect((await sign(signer, ref)).bytes).toHaveLength(64)
    expect(await missing(make(signer))).toBe('kms:GenerateDataKeyPairWithoutPlaintext')
    enter(dataKey.emulator, ['creator'], { layout, keyArn: dataKey.keyArn })
    expect(await missing(sign(await kept(await dataKey.open()), ref))).toBe('kms:Decrypt')
  })

  it('leave nothing to a deleter: an account ends in its record', () => {
    expect(rolesOf(layout)).toEqual(['creator', 'signer'])
    const given = { region: 'eu-central-2', account: ACCOUNT, layout } as const
    expect(() => awsPolicy('deleter', given)).toThrow(RangeError)
  })
})

describe.each(['kms', 'ssm', 'data-key'] as const)('the policies of the layout %s', (layout) => {
  const given = { region: 'eu-central-2', account: '111122223333', layout, purgeAfter: '2026-12-21' } as const
  const granted = new Map(rolesOf(layout).map((role) => [role, statementsOf(role, given)]))
  const actionsOf = (role: PolicyRole) => (granted.get(role) ?? []).flatMap(({ Action }) => Action ?? [])

  it('grant each call that the back-end makes to the roles that make it, and no other', () => {
    const looks = ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:GetKeyPolicy']
    const creating = ['kms:CreateKey', 'kms:TagResource', 'kms:CreateAlias']
    const changing = ['kms:EnableKey', 'kms:DisableKey', 'kms:CancelKeyDeletion', 'kms:ScheduleKeyDeletion']
    const wanted = {
      kms: {
        creator: [...looks, ...creating, 'kms:GetPublicKey', 'kms:ListKeys', 'kms:ListAliases'],
        signer: [...looks, 'kms:GetPublicKey', 'kms:Sign'],
        deleter: [...changing, 'kms:DescribeKey'],
      },
      ssm: {
        creator: [...looks, ...creating, 'kms:Encrypt', 'ssm:PutParameter', 'ssm:GetParameter'],
        signer: [...looks, 'kms:Decrypt', 'ssm:GetParameter'],
        deleter: [...changing, 'kms:DescribeKey', 'ssm:DeleteParameter'],
      },
      'data-key': { creator: ['kms:GenerateDataKeyPairWithoutPlaintext'], signer: ['kms:Decrypt'] },
    }[layout]
    const found = Object.fromEntries(
      [...granted.keys()].map((role) => [role, [...new Set(actionsOf(role))].toSorted()]),
    )
    expect(found).toEqual(Object.fromEntries(Object.entries(wanted).map(([role, all]) => [role, all.toSorted()])))
  })

  it('hold in the region alone, for no wildcard of operations', () => {
    for (const { Action, Condition } of [...granted.values()].flat()) {
      expect(Condition).toMatchObject({ StringEquals: { 'aws:RequestedRegion': 'eu-central-2' } })
      expect(JSON.stringify(Action)).not.toContain('*')
    }
  })

  it('name their statements as AWS takes it, in letters and digits', () => {
    const policies = rolesOf(layout).map((role) => awsPolicy(role, given))
    const sids = [...JSON.stringify(policies).matchAll(/"Sid":"([^"]*)"/g)].map(([, sid]) => sid)
    expect(sids.length).toBeGreaterThan(3)
    expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid ?? ''))).toEqual([])
  })
})

/** Whatever the tests above asked AWS with every right: nothing that no role may. */
it('every operation that a back-end asked for is granted to some role', () => {
  const all = (['ssm', 'data-key'] as const).flatMap((layout) =>
    rolesOf(layout).flatMap((role) =>
      statementsOf(role, { region: 'eu-central-2', account: ACCOUNT, layout, purgeAfter: '2026-12-21' }),
    ),
  )
  const granted = new Set(all.flatMap(({ Action }) => Action ?? []))
  const own = [...ssm.emulator.calls, ...dataKey.emulator.calls].filter(({ accessKeyId }) =>
    accessKeyId?.startsWith('ROLE'),
  )
  const asked = new Set(own.map(({ service, operation }) => `${service}:${operation}`))
  expect(asked.size).toBeGreaterThan(10)
  expect([...asked].filter((operation) => !granted.has(operation))).toEqual([])
})
