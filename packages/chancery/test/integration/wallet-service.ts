/** The service with every tier of wallets: the emulator as its AWS, and a KMS key that data key pairs are encrypted under. */
import { KMSClient } from '@aws-sdk/client-kms'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import type { Grant } from '../../../client/src/index.ts'
import { symmetricKey, unpaced, useCredentials } from '../keys/aws/emulator.ts'
import { installationOf, openService, type ServiceOptions, type TestService } from './service.ts'

export interface WalletService {
  readonly service: TestService
  readonly emulator: RunningEmulator
  readonly kms: KMSClient
  /** ARN of the KMS key under which the tier datakey keeps its keys. */
  readonly dataKey: string
  /** What keys of the account are tagged with, so that the service may take them over. */
  readonly installation: string
  /** The API key of a new client with these rights on everything. */
  newClient(name: string, operations: Grant['operations']): Promise<string>
  end(): Promise<void>
}

/** `options.configuration` needs `networks`. */
export async function openWalletService({ configuration, ...options }: ServiceOptions): Promise<WalletService> {
  const emulator = await startEmulator()
  useCredentials(emulator.credentials)
  const { region, url: endpoint } = emulator
  const kms = new KMSClient({ endpoint, region })
  const dataKey = await symmetricKey(emulator)
  const aws = { region, endpoint, quota: 100_000, ...unpaced, dataKey, dataKeyCopies: 'copies' }
  const backends = ['sealed', 'aws-kms', 'aws-data-key']
  const service = await openService({ ...options, configuration: { backends, aws, ...configuration } })
  return {
    service,
    emulator,
    kms,
    dataKey,
    installation: await installationOf(service),
    newClient: async (name, operations) => {
      const grants = [{ keys: '*', networks: '*', operations }] as const
      return (await service.operator.clients.create({ name, grants })).secret
    },
    async end() {
      await service.end()
      kms.destroy()
      await emulator.close()
    },
  }
}
