/** The SDK's client, made so that only the service's configuration decides where and for how long it talks. */
import type { KMS } from '@aws-sdk/client-kms'
import type { SSM } from '@aws-sdk/client-ssm'

export interface ClientOptions {
  readonly region: string
  /** Only from the service's own configuration: endpoint overrides in the environment or in profiles are ignored. */
  readonly endpoint?: string
  /** Instead of the SDK's usual chain. */
  readonly credentials?: () => Promise<Credentials>
}

const connectTimeout = 1_000
export const requestTimeout = 3_000
/** Requests at once. KMS answers in 10 to 20 ms, so a quota of 1,000 a second fills about 20; more would only time out. */
export const connections = 32

/** Whom AWS takes the caller for. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** Imports the SDK. Credentials come from its usual chain, at the first call, where none are given. */
export async function createClient(options: ClientOptions): Promise<KMS> {
  const { KMS } = await import('@aws-sdk/client-kms')
  return new KMS(clientConfig(options))
}

export async function createParameterClient(options: ClientOptions): Promise<SSM> {
  const { SSM } = await import('@aws-sdk/client-ssm')
  return new SSM(clientConfig(options))
}

function clientConfig({ region, endpoint, credentials }: ClientOptions) {
  const agent = { keepAlive: true, maxSockets: connections }
  return {
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    ignoreConfiguredEndpointUrls: true,
    // The SDK's own retries would take 2.8 s of a request that has one.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeout,
      requestTimeout,
      // Without it the SDK only warns.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  }
}
