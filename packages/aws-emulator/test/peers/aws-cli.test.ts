import { execFile, spawnSync } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { RunningEmulator } from '../../src/index.ts'
import { start } from '../clients.ts'

// The AWS CLI is written in Python on a signer and parsers of its own: a second opinion on everything the SDK tests say.
const available = spawnSync('aws', ['--version']).status === 0

interface Ran {
  readonly status: number
  readonly output: string
  readonly error: string
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'aws-cli-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

function environment(emulator: RunningEmulator): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder(),
    AWS_DEFAULT_REGION: emulator.region,
    AWS_ACCESS_KEY_ID: emulator.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulator.credentials.secretAccessKey,
    AWS_MAX_ATTEMPTS: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  }
}

function run(emulator: RunningEmulator, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const all = ['--endpoint-url', emulator.url, '--output', 'json', ...args]
  return new Promise((resolve) => {
    execFile('aws', all, { env: { ...environment(emulator), ...env } }, (failure, output, error) => {
      resolve({ status: failure === null ? 0 : 1, output, error })
    })
  })
}

async function aws(emulator: RunningEmulator, ...args: string[]): Promise<Record<string, unknown>> {
  const { status, output, error } = await run(emulator, args)
  if (status !== 0) throw new Error(`aws ${args.join(' ')}: ${error}`)
  return output === '' ? {} : (JSON.parse(output) as Record<string, unknown>)
}

function file(bytes: Buffer): string {
  const path = join(folder(), 'bytes')
  writeFileSync(path, bytes)
  return `fileb://${path}`
}

async function signingKey(emulator: RunningEmulator): Promise<string> {
  const made = await aws(emulator, 'kms', 'create-key', '--key-spec', 'ECC_SECG_P256K1', '--key-usage', 'SIGN_VERIFY')
  return (made['KeyMetadata'] as { Arn: string }).Arn
}

describe('the AWS CLI', () => {
  beforeEach((context) => {
    if (!available) context.skip('aws is not installed (Debian: awscli)')
  })

  it('knows who it is', async () => {
    expect(await aws(await start(), 'sts', 'get-caller-identity')).toMatchObject({ Account: '000000000000' })
  })

  it('creates a key, names it and signs a digest', async () => {
    const emulator = await start()
    const arn = await signingKey(emulator)
    await aws(emulator, 'kms', 'create-alias', '--alias-name', 'alias/hot', '--target-key-id', arn)
    const digest = file(createHash('sha256').update('m').digest())
    const how = ['--message-type', 'DIGEST', '--signing-algorithm', 'ECDSA_SHA_256']
    const signed = await aws(emulator, 'kms', 'sign', '--key-id', 'alias/hot', '--message', digest, ...how)
    const { PublicKey } = await aws(emulator, 'kms', 'get-public-key', '--key-id', arn)
    const key = createPublicKey({ key: Buffer.from(String(PublicKey), 'base64'), format: 'der', type: 'spki' })
    expect(signed['KeyId']).toBe(arn)
    expect(verify('sha256', Buffer.from('m'), key, Buffer.from(String(signed['Signature']), 'base64'))).toBe(true)
  })

  it('puts a secret and gets it back', async () => {
    const emulator = await start()
    await aws(emulator, 'ssm', 'put-parameter', '--name', '/a/b', '--value', 'secret', '--type', 'SecureString')
    const { Parameter } = await aws(emulator, 'ssm', 'get-parameter', '--name', '/a/b', '--with-decryption')
    expect(Parameter).toMatchObject({ Name: '/a/b', Value: 'secret', Version: 1 })
  })

  it('pages by itself', async () => {
    const emulator = await start()
    for (let n = 0; n < 3; n++) await aws(emulator, 'kms', 'create-key')
    const { Keys } = await aws(emulator, 'kms', 'list-keys', '--page-size', '2')
    expect(Keys).toHaveLength(3)
  })

  it('uses the credentials of a role', async () => {
    const emulator = await start()
    const role = ['--role-arn', 'arn:aws:iam::000000000000:role/signer', '--role-session-name', 'night']
    const { Credentials } = await aws(emulator, 'sts', 'assume-role', ...role)
    const lent = Credentials as { AccessKeyId: string; SecretAccessKey: string; SessionToken: string }
    const { output } = await run(emulator, ['sts', 'get-caller-identity'], {
      AWS_ACCESS_KEY_ID: lent.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: lent.SecretAccessKey,
      AWS_SESSION_TOKEN: lent.SessionToken,
    })
    expect(output).toContain('assumed-role/signer/night')
  })

  it.each([
    [['kms', 'list-keys'], 'InvalidSignatureException'],
    [['ssm', 'describe-parameters'], 'InvalidSignatureException'],
    [['sts', 'get-caller-identity'], 'SignatureDoesNotMatch'],
  ])('is refused with a wrong secret: %j', async (args, code) => {
    const { status, error } = await run(await start(), args, { AWS_SECRET_ACCESS_KEY: 'wrong' })
    expect(status).toBe(1)
    expect(error).toContain(`An error occurred (${code})`)
  })

  it('shows the text of an error', async () => {
    const emulator = await start()
    const arn = await signingKey(emulator)
    await aws(emulator, 'kms', 'disable-key', '--key-id', arn)
    const how = ['--message', file(Buffer.from('m')), '--signing-algorithm', 'ECDSA_SHA_256']
    const { error } = await run(emulator, ['kms', 'sign', '--key-id', arn, ...how])
    expect(error).toContain(
      `An error occurred (DisabledException) when calling the Sign operation: ${arn} is disabled.`,
    )
  })
})
