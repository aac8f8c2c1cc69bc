/** Back-ends under AWS that sign in a process of their own, beside an emulator, for the tests in this folder. */
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { type EmulatorOptions, startEmulator } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { type AwsSsmOptions, createAwsSsm } from '../../../src/keys/aws/aws-ssm.ts'
import { installation, useCredentials } from './emulator.ts'

export const words = { list: wordlist, checksum: 'sha512-256' } as const

export async function startSsm(options: EmulatorOptions = {}, backendOptions: Partial<AwsSsmOptions> = {}) {
  const emulator = await startEmulator(options)
  useCredentials(emulator.credentials)
  const { url: endpoint, region } = emulator
  const open = (more: Partial<AwsSsmOptions> = {}) =>
    createAwsSsm({ region, endpoint, installation, clock: systemClock, words, ...backendOptions, ...more })
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
