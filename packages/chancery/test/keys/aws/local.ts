/** Back-ends under AWS that sign in a process of their own, beside an emulator, for the tests in this folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateAliasCommand, KMSClient } from '@aws-sdk/client-kms'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { type EmulatorOptions, startEmulator } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { type AwsDataKeyOptions, createAwsDataKey } from '../../../src/keys/aws/aws-data-key.ts'
import { type AwsSsmOptions, createAwsSsm } from '../../../src/keys/aws/aws-ssm.ts'
import { installation, symmetricKey, unpaced, useCredentials } from './emulator.ts'

export const words = { list: wordlist, checksum: 'sha512-256' } as const

export async function startSsm(options: EmulatorOptions = {}, backendOptions: Partial<AwsSsmOptions> = {}) {
  const emulator = await startEmulator(options)
  useCredentials(emulator.credentials)
  const { url: endpoint, region } = emulator
  const open = (more: Partial<AwsSsmOptions> = {}) =>
    createAwsSsm({ region, endpoint, installation, clock: systemClock, words, ...unpaced, ...backendOptions, ...more })
  const backend = await open()
  return {
    emulator,
    backend,
    open,
    async close() {
      await backend.close()
      await emulator.close()
    },
  }
}

const dataKeyAlias = 'alias/accounts'

export async function startDataKey(backendOptions: Partial<AwsDataKeyOptions> = {}) {
  const emulator = await startEmulator()
  useCredentials(emulator.credentials)
  const { url: endpoint, region } = emulator
  const kms = new KMSClient({ endpoint, region })
  const keyArn = await symmetricKey(emulator)
  await kms.send(new CreateAliasCommand({ AliasName: dataKeyAlias, TargetKeyId: keyArn }))
  const folder = await mkdtemp(join(tmpdir(), 'chancery-copies-'))
  const standard = {
    region,
    endpoint,
    installation,
    key: dataKeyAlias,
    copies: join(folder, 'copies'),
    clock: systemClock,
    ...unpaced,
  }
  const open = (more: Partial<AwsDataKeyOptions> = {}) => createAwsDataKey({ ...standard, ...backendOptions, ...more })
  const backend = await open()
  return {
    emulator,
    kms,
    keyArn,
    copies: standard.copies,
    backend,
    open,
    async close() {
      await backend.close()
      kms.destroy()
      await emulator.close()
      await rm(folder, { recursive: true })
    },
  }
}
