/** An emulator and a back-end that speaks to it, for the tests in this folder. */
import { startEmulator, type EmulatorOptions } from '../../../../aws-emulator/src/index.ts'
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

/** The SDK's own chain reads these first. */
export function useCredentials({
  accessKeyId,
  secretAccessKey,
}: {
  accessKeyId: string
  secretAccessKey: string
}): void {
  process.env['AWS_ACCESS_KEY_ID'] = accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey
}
