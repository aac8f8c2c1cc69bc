import { KMSClient } from '@aws-sdk/client-kms'
import { SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../src/index.ts'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface ClientOptions {
  readonly region?: string
  readonly credentials?: Credentials
  readonly maxAttempts?: number
}

/** An emulator that ends with its test. */
export async function start(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

function configuration(emulator: RunningEmulator, options: ClientOptions) {
  return {
    endpoint: emulator.url,
    region: options.region ?? emulator.region,
    credentials: options.credentials ?? emulator.credentials,
    maxAttempts: options.maxAttempts ?? 1,
  }
}

/** The real SDK clients, without retries unless a test wants them. */
export const kmsClient = (emulator: RunningEmulator, options: ClientOptions = {}) =>
  new KMSClient(configuration(emulator, options))

export const ssmClient = (emulator: RunningEmulator, options: ClientOptions = {}) =>
  new SSMClient(configuration(emulator, options))

export const stsClient = (emulator: RunningEmulator, options: ClientOptions = {}) =>
  new STSClient(configuration(emulator, options))

/** One exchange as it was on the wire. */
export interface Exchange {
  readonly request: { readonly headers: Record<string, string>; readonly body: string }
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

interface Handled {
  readonly response: { readonly statusCode: number; headers: Record<string, string>; body?: unknown }
}

interface Handler {
  handle(request: never, options?: never): Promise<Handled>
}

interface Recordable {
  readonly config: { readonly requestHandler: unknown }
}

const isHandler = (value: unknown): value is Handler =>
  typeof value === 'object' && value !== null && 'handle' in value && typeof value.handle === 'function'

/** Keeps every request and answer of a client, byte for byte. */
export function recordExchanges(client: Recordable): Exchange[] {
  const exchanges: Exchange[] = []
  const handler = client.config.requestHandler
  if (!isHandler(handler)) throw new TypeError('The client has no request handler')
  const handle = handler.handle.bind(handler)
  handler.handle = async (request: { headers: Record<string, string>; body: string | Uint8Array }, options?: never) => {
    const handled = await handle(request as never, options)
    const { statusCode, headers, body } = handled.response
    const bytes = await readAll(body)
    exchanges.push({
      request: { headers: request.headers, body: readText(request.body) },
      status: statusCode,
      headers,
      body: bytes.toString(),
    })
    handled.response.body = Readable.from([bytes])
    return handled
  }
  return exchanges
}

const readText = (body: string | Uint8Array) => (typeof body === 'string' ? body : new TextDecoder().decode(body))

async function readAll(body: unknown): Promise<Buffer> {
  if (!(body instanceof Readable)) return Buffer.alloc(0)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

/** Waits for a condition; throws after five seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('The condition did not come true within five seconds')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The error a promise rejects with, as the SDK names it. */
export async function refusal(promise: Promise<unknown>): Promise<{ name: string; message: string; status?: number }> {
  try {
    await promise
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const status = '$metadata' in error ? readStatus(error.$metadata) : undefined
    return { name: error.name, message: error.message, ...(status === undefined ? {} : { status }) }
  }
  throw new Error('Expected a refusal')
}

function readStatus(metadata: unknown): number | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}
