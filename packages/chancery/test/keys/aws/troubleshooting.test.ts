// The troubleshooting page, provoked: what the service says names the cause, the permission or the name, and the remedy.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { toHex } from '../../../src/base/bytes.ts'
import type { KeyBackend, KeyCreator } from '../../../src/core/backend.ts'
import { Failed, Refused } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { createAwsKms, type AwsKmsBackend } from '../../../src/keys/aws/aws-kms.ts'
import { own, pay, txn } from '../../chains/algorand/requests.ts'
import { algorand, mainnetHash, signWith } from '../../chains/algorand/signing.ts'
import { clearedFor, errorOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation, useCredentials } from './emulator.ts'
import { startSsm } from './local.ts'

const name = 'confio-testnet-sponsor'
const path = `/confio/algorand/${name}/private-key`
let aws: Awaited<ReturnType<typeof startSsm>>
let native: AwsKmsBackend
let inKms: KeyRef
let inSsm: KeyRef
let kms: KMSClient
let ssm: SSMClient

beforeAll(async () => {
  aws = await startSsm({ region: 'eu-central-2', otherRegions: ['eu-central-1'] })
  native = await openNative()
  const client = { ...where(), credentials: aws.emulator.credentials }
  kms = new KMSClient(client)
  ssm = new SSMClient(client)
  inKms = await made(native)
  inSsm = await made(aws.backend, { name, path, labels: () => ({ address: 'ADDRESS', network: 'testnet' }) })
})
afterEach(() => {
  aws.emulator.faults.clear()
  useCredentials(aws.emulator.credentials)
})
afterAll(async () => {
  kms.destroy()
  ssm.destroy()
  await native.close()
  await aws.close()
})

const openNative = () => createAwsKms({ ...where(), installation, clock: systemClock })
const where = () => ({ region: aws.emulator.region, endpoint: aws.emulator.url })

async function made(backend: KeyCreator, place?: Parameters<KeyCreator['create']>[0]['place']): Promise<KeyRef> {
  const id = newKeyId()
  return refOf(id, await backend.create({ id, algorithm: 'ed25519', ...(place && { place }) }, soon()))
}

const arnOf = ({ data: { arn } }: KeyRef) => (typeof arn === 'string' ? arn : '')
const sign = (backend: KeyBackend, ref: KeyRef, deadline = soon()) =>
  backend.sign(ref, clearedFor(ref, randomBytes(40)), deadline)

/** As people read it: the sentence, and what to do. */
async function said(work: Promise<unknown>): Promise<string> {
  const error = await errorOf(work)
  if (!(error instanceof Refused) && !(error instanceof Failed)) throw error
  const { where: place, got, wanted, hint } = error.particulars
  return [error.message, place, got && `got ${got}`, wanted && `wanted ${wanted}`, hint].filter(Boolean).join('\n')
}

/** Each row: what is done to provoke it, and what must be said: cause, permission or name, remedy. */
interface Row {
  readonly provoke: () => Promise<unknown>
  readonly cause: RegExp
  readonly name: RegExp
  readonly remedy: RegExp
}

const parameterArn = new RegExp(`arn:aws:ssm:eu-central-2:000000000000:parameter${path}`)
const fault = (rule: Parameters<typeof aws.emulator.faults.add>[0], work: () => Promise<unknown>) => () => {
  aws.emulator.faults.add(rule)
  return work()
}
const nativeSign = (deadline = soon()) => sign(native, inKms, deadline)
const ssmSign = (deadline = soon()) => sign(aws.backend, inSsm, deadline)
/** Too short for another attempt after a throttled one. */
const once = () => deadlineIn(400, systemClock)
const elsewhere = pay({ genesisHash: mainnetHash, genesisID: 'mainnet-v1.0' })
const optIn = { kind: 'error', code: 'OptInRequired', message: 'You are not subscribed', status: 403 } as const
const strangers = { accessKeyId: 'NOTOURS', secretAccessKey: 'secret' }

const keyArn = /arn:aws:kms:eu-central-2:000000000000:key\/[0-9a-f-]+/.source

async function whileDisabled(ref: KeyRef, work: () => Promise<unknown>): Promise<unknown> {
  await kms.send(new DisableKeyCommand({ KeyId: arnOf(ref) }))
  try {
    return await work()
  } finally {
    await kms.send(new EnableKeyCommand({ KeyId: arnOf(ref) }))
  }
}

async function whilePendingDeletion(ref: KeyRef, work: () => Promise<unknown>): Promise<unknown> {
  const KeyId = arnOf(ref)
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  try {
    return await work()
  } finally {
    await kms.send(new CancelKeyDeletionCommand({ KeyId }))
    await kms.send(new EnableKeyCommand({ KeyId }))
  }
}

/** With a key of that kind, which nobody imports material for and nobody signs with. */
async function withKey(input: CreateKeyCommandInput): Promise<unknown> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input))
  return sign(native, { ...inKms, data: { arn: KeyMetadata?.Arn ?? '' } })
}

/** The SDK remembers whom it was: a back-end of its own finds the credentials of now. */
async function asStranger<T extends KeyBackend>(open: () => Promise<T>, ref: () => KeyRef): Promise<unknown> {
  useCredentials(strangers)
  const backend = await open()
  try {
    return await sign(backend, ref())
  } finally {
    await backend.close()
  }
}

const rows: Readonly<Record<string, Row>> = {
  'access denied, aws-kms': {
    provoke: fault({ kind: 'deny', operation: 'Sign' }, () => nativeSign()),
    cause: /AWS does not allow/,
    name: /kms:Sign on arn:aws:kms:eu-central-2:/,
    remedy: /grant it in the IAM policy of the service's role or in the key's policy/,
  },
  'access denied, aws-ssm': {
    provoke: fault({ kind: 'deny', operation: 'GetParameter' }, () => ssmSign()),
    cause: /AWS does not allow/,
    name: new RegExp(`ssm:GetParameter on ${parameterArn.source}`),
    remedy: /grant it in the IAM policy/,
  },
  'throttled, aws-kms': {
    provoke: fault({ kind: 'throttle', operation: 'Sign' }, () => nativeSign(once())),
    cause: /AWS KMS in eu-central-2 is throttling/,
    name: /kms:Sign/,
    remedy: /Send fewer requests, or ask AWS for a higher quota/,
  },
  'throttled, aws-ssm': {
    provoke: fault({ kind: 'throttle', operation: 'GetParameter' }, () => ssmSign(once())),
    cause: /AWS Systems Manager in eu-central-2 is throttling/,
    name: /ssm:GetParameter/,
    remedy: /Send fewer requests, or ask AWS for a higher quota/,
  },
  'region not enabled, aws-kms': {
    provoke: fault(optIn, () => nativeSign()),
    cause: /has not enabled the region/,
    name: /eu-central-2/,
    remedy: /aws account enable-region --region-name eu-central-2 \(needs account:EnableRegion\)/,
  },
  'region not enabled, aws-ssm': {
    provoke: fault(optIn, () => ssmSign()),
    cause: /has not enabled the region/,
    name: /eu-central-2/,
    remedy: /aws account enable-region --region-name eu-central-2 \(needs account:EnableRegion\)/,
  },
  'expired credentials': {
    provoke: fault({ kind: 'error', code: 'ExpiredTokenException', status: 400 }, () => nativeSign()),
    cause: /does not accept the service's credentials, or its clock is wrong/,
    name: /eu-central-2/,
    remedy: /Check the profile, the role or the AWS variables/,
  },
  'unknown credentials, aws-kms': {
    provoke: () => asStranger(openNative, () => inKms),
    cause: /does not accept the service's credentials, or its clock is wrong/,
    name: /eu-central-2, which is off until it is opted into \(account:EnableRegion\)/,
    remedy: /Check the profile, the role or the AWS variables .* and the machine's clock/,
  },
  'unknown credentials, aws-ssm': {
    provoke: () =>
      asStranger(
        () => aws.open(),
        () => inSsm,
      ),
    cause: /does not accept the service's credentials, or its clock is wrong/,
    name: /eu-central-2/,
    remedy: /Check the profile, the role or the AWS variables/,
  },
  'key not found': {
    provoke: () => native.enrol({ id: newKeyId(), algorithm: 'ed25519', name: 'alias/nothing' }, soon()),
    cause: /AWS KMS in eu-central-2 has no key/,
    name: /alias\/nothing/,
    remedy: /Check the name, and whether the key is in another region/,
  },
  'key of another region': {
    provoke: () => sign(native, { ...inKms, data: { arn: arnOf(inKms).replace('eu-central-2', 'eu-central-1') } }),
    cause: /The key is in eu-central-1/,
    name: /AWS KMS in eu-central-2/,
    remedy: /Set aws.region to eu-central-1/,
  },
  'wrong network': {
    provoke: async () => signWith(algorand, own, { operation: 'sign:transaction', value: [{ txn: txn(elsewhere) }] }),
    cause: /The transaction belongs to another network/,
    name: /transactions\[0\]\.txn\.genesisHash/,
    remedy: /wanted .+/,
  },
  'key disabled, aws-kms': {
    provoke: () => whileDisabled(inKms, () => nativeSign()),
    cause: /The key arn:\S+ is disabled in AWS KMS/,
    name: new RegExp(keyArn),
    remedy: new RegExp(
      `aws kms enable-key --region eu-central-2 --key-id ${keyArn}, if nobody had a reason to disable it`,
    ),
  },
  'key disabled, aws-ssm': {
    provoke: () => whileDisabled(inSsm, () => ssmSign()),
    cause: /The AWS KMS key of \/\S+ is disabled in AWS KMS/,
    name: new RegExp(path),
    remedy: new RegExp(
      `aws kms enable-key --region eu-central-2 --key-id ${keyArn}, if nobody had a reason to disable it`,
    ),
  },
  'key pending deletion, aws-kms': {
    provoke: () => whilePendingDeletion(inKms, () => nativeSign()),
    cause: /The key arn:\S+ is pending deletion in AWS KMS/,
    name: new RegExp(keyArn),
    remedy: new RegExp(`aws kms cancel-key-deletion .*--key-id ${keyArn}, then aws kms enable-key .*${keyArn}`),
  },
  'key pending deletion, aws-ssm': {
    provoke: () => whilePendingDeletion(inSsm, () => ssmSign()),
    cause: /The AWS KMS key of \/\S+ is pending deletion in AWS KMS/,
    name: new RegExp(path),
    remedy: new RegExp(`aws kms cancel-key-deletion .*--key-id ${keyArn}, then aws kms enable-key .*${keyArn}`),
  },
  'key without its material': {
    provoke: () => withKey({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' }),
    cause: /The key arn:\S+ is waiting for its key material in AWS KMS/,
    name: new RegExp(keyArn),
    remedy: new RegExp(`aws kms get-parameters-for-import --region eu-central-2 --key-id ${keyArn}`),
  },
  'key for another use': {
    provoke: () => withKey({}),
    cause: /The key arn:\S+ was made for another use than kms:Sign/,
    name: new RegExp(keyArn),
    remedy: /name another key or make one. aws kms describe-key .* shows it/,
  },
  'verification failed': {
    provoke: async () => {
      await ssm.send(new PutParameterCommand({ Name: path, Value: toHex(randomBytes(32)), Overwrite: true }))
      return ssmSign()
    },
    cause: /ADDRESS MISMATCH: .* holds the private key of another address/,
    name: new RegExp(path),
    remedy: /sign nothing until it is known who; its earlier versions are in AWS/,
  },
  'parameter not found': {
    provoke: async () => {
      await ssm.send(new DeleteParameterCommand({ Name: path }))
      return ssmSign()
    },
    cause: /AWS Systems Manager in eu-central-2 has no parameter/,
    name: new RegExp(path),
    remedy: /aws ssm get-parameter --region eu-central-2 .* import the key again/,
  },
}

const pageOf = () => readFileSync(fileURLToPath(new URL('../../../../../docs/aws.md', import.meta.url)), 'utf8')

describe('what is said names cause, permission or name, and remedy', () => {
  // In this order: the last two take the parameter away.
  it.each(Object.entries(rows))('%s', async (_, { provoke, cause, name: named, remedy }) => {
    const text = await said(provoke())
    expect(text).toMatch(cause)
    expect(text).toMatch(named)
    expect(text).toMatch(remedy)
    expect(text).not.toContain('\n\n')
    expect(pageOf()).toMatch(cause)
  })
})
