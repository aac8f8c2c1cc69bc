/**
 * The compatible routes' variables: AWS_REGION, AWS_KMS_KEY_ID, BACKEND_API_KEY, SEPOLIA_RPC_URL (else ALCHEMY_RPC_URL)
 * and PORT. They are the grant, so nothing else is read for it. BACKEND_API_KEY is the one secret the environment may
 * hold: existing deployments hold it there.
 */
import { utf8 } from '../base/bytes.ts'
import { Secret } from '../base/secret.ts'
import type { KmsBackendConfig, KmsBackendLacks } from './config.ts'
import type { Environment } from './given.ts'
import { ConfigError } from './problem.ts'
import { secretUrl } from './shapes.ts'

export const compatiblePort = 8000
const leastBits = 128
const leastDistinct = 8

/** `undefined` unless both AWS_KMS_KEY_ID and BACKEND_API_KEY are set. @throws ConfigError */
export function kmsBackend(env: Environment, dotEnv: Environment): KmsBackendConfig | undefined {
  const read = readerOf(env, dotEnv)
  const [keyId, apiKey] = [read('AWS_KMS_KEY_ID'), read('BACKEND_API_KEY')]
  if (keyId === undefined || apiKey === undefined) return undefined
  requireStrong(apiKey)
  const region = read('AWS_REGION') ?? regionOfArn(keyId)
  if (region === undefined) throw new ConfigError([{ where: 'AWS_REGION', wanted: 'the region of AWS_KMS_KEY_ID' }])
  const [rpcVariable] = ['SEPOLIA_RPC_URL', 'ALCHEMY_RPC_URL'].filter((name) => read(name) !== undefined)
  const rpc = rpcVariable && secretUrl.parse(read(rpcVariable) ?? '', rpcVariable)
  return { keyId, region, apiKey: new Secret(utf8(apiKey)), ...(rpc ? { rpc } : {}) }
}

/** Of the two variables without which the routes are off, the missing one: `undefined` where both or none are set. */
export function kmsBackendLacks(env: Environment, dotEnv: Environment): KmsBackendLacks | undefined {
  const read = readerOf(env, dotEnv)
  const [key, secret] = ['AWS_KMS_KEY_ID', 'BACKEND_API_KEY'] as const
  if ((read(key) === undefined) === (read(secret) === undefined)) return undefined
  return read(key) ? { set: key, missing: secret } : { set: secret, missing: key }
}

/** A variable that is set to nothing is not set. */
function readerOf(env: Environment, dotEnv: Environment): (name: string) => string | undefined {
  return (name) => env[name] || dotEnv[name] || undefined
}

function regionOfArn(keyId: string): string | undefined {
  return /^arn:aws[a-z-]*:kms:([a-z0-9-]+):/.exec(keyId)?.[1]
}

function requireStrong(apiKey: string): void {
  const bits = Math.floor(estimatedBits(apiKey))
  if (bits >= leastBits) return
  throw new ConfigError([
    {
      where: 'BACKEND_API_KEY',
      got: `about ${bits} bits of entropy`,
      wanted: `at least ${leastBits}`,
      hint: 'make one with: openssl rand -hex 32',
    },
  ])
}

const alphabets: readonly { readonly characters: RegExp; readonly size: number }[] = [
  { characters: /^[0-9]*$/, size: 10 },
  { characters: /^[0-9a-f]*$/, size: 16 },
  { characters: /^[0-9A-F]*$/, size: 16 },
  { characters: /^[a-z]*$/, size: 26 },
  { characters: /^[A-Z]*$/, size: 26 },
  { characters: /^[0-9a-z]*$/, size: 36 },
  { characters: /^[0-9A-Z]*$/, size: 36 },
  { characters: /^[a-zA-Z]*$/, size: 52 },
  { characters: /^[0-9a-zA-Z]*$/, size: 62 },
  { characters: /^[0-9a-zA-Z_+/=-]*$/, size: 64 },
  { characters: /^[!-~]*$/, size: 94 },
]

/**
 * Length times the bits of a character of the smallest alphabet that holds the text: what it has at most, if random.
 * Text of few different characters is not random, and counts for nothing; 32 random hex digits have 8 with 1 - 10^-5.
 */
function estimatedBits(text: string): number {
  const size = alphabets.find(({ characters }) => characters.test(text))?.size
  if (size === undefined || new Set(text).size < leastDistinct) return 0
  return text.length * Math.log2(size)
}
