/** An emulator with a back-end that speaks to it, for the tests in this folder, and its account, for all. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms'
import { startEmulator, type EmulatorOptions, type RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { type AwsKmsOptions, createAwsKms } from '../../../src/keys/aws/aws-kms.ts'

export const installation = 'ins_test'

/** For tests of something else: an emulator without quotas makes keys as fast as they are asked for. */
export const unpaced = { keyQuota: 10_000, dataKeyQuota: 100_000 } as const

export async function startAws(given: EmulatorOptions = {}, backendOptions: Partial<AwsKmsOptions> = {}) {
  const emulator = await startEmulator(given)
  useCredentials(emulator.credentials)
  const { url: endpoint, region } = emulator
  const options = { region, endpoint, installation, clock: systemClock, ...unpaced, ...backendOptions }
  const backend = await createAwsKms(options)
  return {
    emulator,
    backend,
    async close() {
      await backend.close()
      await emulator.close()
    },
  }
}

/** What an emulator tells of itself, in this process or from one of its own. */
type Account = Pick<RunningEmulator, 'url' | 'region' | 'credentials'>

/** The SDK's own chain reads these first. */
export function useCredentials({ accessKeyId, secretAccessKey }: Account['credentials']): void {
  process.env['AWS_ACCESS_KEY_ID'] = accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey
}

/** The same for the environment of a service, with the region. */
export function variablesOf({ credentials, region }: Pick<Account, 'credentials' | 'region'>) {
  const { accessKeyId, secretAccessKey } = credentials
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
}

/** The same for the home of a service, where the SDK looks for it. */
export function writeCredentials({ credentials }: Pick<Account, 'credentials'>, home: string): void {
  const { accessKeyId, secretAccessKey } = credentials
  mkdirSync(join(home, '.aws'))
  const profile = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  writeFileSync(join(home, '.aws', 'credentials'), profile, { mode: 0o600 })
}

/** As data key pairs are encrypted under. @returns its ARN */
export const symmetricKey = (account: Account): Promise<string> => keyIn(account, {})

/** As another service left it, tagged for the installation that is to take it over, if for any. @returns its ARN */
export function oldKey(account: Account, owner?: string): Promise<string> {
  const Tags = owner === undefined ? [] : [{ TagKey: 'chancery:owner', TagValue: owner }]
  return keyIn(account, { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY', Tags })
}

async function keyIn({ url: endpoint, region, credentials }: Account, input: CreateKeyCommandInput): Promise<string> {
  const kms = new KMSClient({ endpoint, region, credentials })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input))
  kms.destroy()
  return KeyMetadata?.Arn ?? ''
}
