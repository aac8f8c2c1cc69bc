import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import type { RunningEmulator } from '../../src/index.ts'
import { type ClientOptions, kmsClient, recordExchanges } from '../clients.ts'
import type { Recorded } from './compare.ts'

/** Calls an operation and returns what came over the wire, written as the recording has it. */
export type Do = (command: Command, options?: ClientOptions) => Promise<Recorded>
/** Any KMS command of the SDK; its own type is generic over input and output, which no list of scenarios can be. */
export type Command = { readonly input: object }

export function doer(emulator: RunningEmulator): Do {
  return async (command, options) => {
    const client = kmsClient(emulator, options)
    const exchanges = recordExchanges(client)
    await client.send(command as never).catch((error: unknown) => {
      if (!(error instanceof kms.KMSServiceException)) throw error
    })
    const { status, body } = exchanges[0] ?? { status: 0, body: '' }
    return answerAsRecorded(status, body === '' ? {} : (JSON.parse(body) as Recorded))
  }
}

// The recording shows `message` a second time for the errors of the API model, unless their text is empty.
const UNMODELLED = ['ValidationException']

function answerAsRecorded(status: number, body: Recorded): Recorded {
  const ResponseMetadata = { HTTPStatusCode: status }
  const { __type: Code, message } = body
  if (typeof Code !== 'string') return { ...body, ResponseMetadata }
  const again = message === undefined || UNMODELLED.includes(Code) ? {} : { message }
  return { Error: { Code, Message: message ?? '' }, ...again, ResponseMetadata }
}

export type Scenario = (run: Do, ...parameters: string[]) => Promise<Recorded>

export const field = (answer: Recorded, path: string): string => {
  const value = path.split('.').reduce<unknown>((one, name) => (one as Recorded)[name], answer)
  if (typeof value !== 'string') throw new TypeError(`${path} is ${typeof value} in ${JSON.stringify(answer)}`)
  return value
}

export const bytesOf = (answer: Recorded, path: string) => Buffer.from(field(answer, path), 'base64')

/** KeyMetadata of a new key. */
export async function create(
  run: Do,
  input: kms.CreateKeyCommandInput = {},
  options?: ClientOptions,
): Promise<Recorded> {
  const answer = await run(new kms.CreateKeyCommand(input), options)
  return answer['KeyMetadata'] as Recorded
}

export const keyIdOf = (metadata: Recorded) => field(metadata, 'KeyId')

export const describeKey = (run: Do, KeyId: string, options?: ClientOptions) =>
  run(new kms.DescribeKeyCommand({ KeyId }), options)

export async function metadataOf(run: Do, KeyId: string): Promise<unknown> {
  return (await describeKey(run, KeyId))['KeyMetadata']
}

export const tags = (names: readonly number[], value = (n: number) => `value${n}`) =>
  names.map((n) => ({ TagKey: `tag${n}`, TagValue: value(n) }))

export async function listTags(run: Do, KeyId: string): Promise<unknown> {
  return (await run(new kms.ListResourceTagsCommand({ KeyId })))['Tags']
}

/** Wraps material for import and imports it. */
export async function importMaterial(
  run: Do,
  KeyId: string,
  material: Buffer,
  more: Partial<kms.ImportKeyMaterialCommandInput> = {},
): Promise<Recorded> {
  const WrappingAlgorithm = material.length > 190 ? 'RSA_AES_KEY_WRAP_SHA_256' : 'RSAES_OAEP_SHA_256'
  const parameters = await run(
    new kms.GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }),
  )
  const wrappingKey = createPublicKey({ key: bytesOf(parameters, 'PublicKey'), format: 'der', type: 'spki' })
  const oaep = (bytes: Buffer) =>
    publicEncrypt({ key: wrappingKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, bytes)
  const aesKey = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'))
  const wrapped = Buffer.concat([oaep(aesKey), cipher.update(material), cipher.final()])
  return run(
    new kms.ImportKeyMaterialCommand({
      KeyId,
      ImportToken: bytesOf(parameters, 'ImportToken'),
      EncryptedKeyMaterial: material.length > 190 ? wrapped : oaep(material),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ...more,
    }),
  )
}

export function privateKeyOf(spec: string): Buffer {
  const curves: Record<string, string> = {
    ECC_NIST_P256: 'P-256',
    ECC_NIST_P384: 'P-384',
    ECC_NIST_P521: 'P-521',
    ECC_SECG_P256K1: 'secp256k1',
  }
  const namedCurve = curves[spec]
  const pair =
    namedCurve === undefined
      ? generateKeyPairSync('rsa', { modulusLength: 4096 })
      : generateKeyPairSync('ec', { namedCurve })
  return pair.privateKey.export({ format: 'der', type: 'pkcs8' })
}

export type Spec = kms.KeySpec
export type Signing = kms.SigningAlgorithmSpec
export type Mac = kms.MacAlgorithmSpec
export type DataKeyInput = { KeyId: string; EncryptionContext?: Record<string, string> }

export const external = (KeySpec: Spec, KeyUsage: kms.KeyUsageType, Description: string) =>
  ({ Origin: 'EXTERNAL', KeySpec, KeyUsage, Description }) as const

export const mac = (KeyId: string, MacAlgorithm: string, text = 'some important message') =>
  ({ KeyId, MacAlgorithm: MacAlgorithm as Mac, Message: Buffer.from(text) }) as const

export const UNKNOWN_ID = '134f2428-cec1-4b25-a1ae-9048164dba47'
