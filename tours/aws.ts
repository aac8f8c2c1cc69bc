/** A stand-in for AWS that speaks its wire protocol, and a key that somebody made there before the service came. */
import { CreateKeyCommand, KMSClient, type CreateKeyCommandInput } from '@aws-sdk/client-kms'
import { fileURLToPath } from 'node:url'
import { launch, type Program } from './child.ts'

const bin = fileURLToPath(new URL('../packages/aws-emulator/src/bin.ts', import.meta.url))

export interface Aws {
  readonly url: string
  readonly region: string
  readonly program: Program
  /** As the AWS SDK reads them. */
  readonly credentials: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string }
}

export async function startAws(cwd: string, ...flags: readonly string[]): Promise<Aws> {
  const args = [bin, '--port', '0', '--region', 'eu-central-1', '--json', ...flags]
  const program = launch({ command: process.execPath, args, cwd, env: {} })
  const { url, region, accessKeyId, secretAccessKey } = await program.line(readyLine)
  const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  return { url, region, program, credentials }
}

interface Ready {
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

function readyLine(line: string): Ready | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as Ready) : undefined
}

/** @returns the id of a new secp256k1 key */
export function makeKmsKey(aws: Aws): Promise<string> {
  return makeKey(aws, { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' })
}

/** @returns the id of a new symmetric key, under which data keys come */
export function makeSymmetricKey(aws: Aws): Promise<string> {
  return makeKey(aws, {})
}

async function makeKey(aws: Aws, wanted: CreateKeyCommandInput): Promise<string> {
  const kms = kmsOf(aws)
  try {
    const made = await kms.send(new CreateKeyCommand(wanted))
    return made.KeyMetadata?.KeyId ?? ''
  } finally {
    kms.destroy()
  }
}

/** Whoever asks for it destroys it. */
export function kmsOf({ url, region, credentials }: Aws): KMSClient {
  return new KMSClient({
    region,
    endpoint: url,
    credentials: { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY },
  })
}
