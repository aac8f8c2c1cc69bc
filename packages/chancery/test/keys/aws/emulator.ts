/** An emulator and a back-end that speaks to it, for the tests in this folder. */
import { startEmulator, type EmulatorOptions } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { type AwsKmsOptions, createAwsKms } from '../../../src/keys/aws/aws-kms.ts'

export const installation = 'ins_test'

export async function startAws(options: EmulatorOptions = {}, backendOptions: Partial<AwsKmsOptions> = {}) {
  const emulator = await startEmulator(options)
  useCredentials(emulator.credentials)
  const { url: endpoint, region } = emulator
  const backend = await createAwsKms({ region, endpoint, installation, clock: systemClock, ...backendOptions })
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
