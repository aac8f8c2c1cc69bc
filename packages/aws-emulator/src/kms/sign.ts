import { createHash, sign as nodeSign, verify as nodeVerify } from 'node:crypto'
import { AwsError, dryRun, validation } from '../errors.ts'
import { type Call, reading } from '../operation.ts'
import type { KeyRecord, Material } from '../state.ts'
import { blob, type Input, oneOf, required } from '../validation.ts'
import { CURVES, privateScalar } from './curves.ts'
import { decodeDer, encodeDer, signDigest, signToLength, verifyDigest } from './ecdsa.ts'
import { signPrehash, verifyPrehash } from './ed25519ph.ts'
import { currentMaterial, generateSecret, makeMaterial, privateKey, secretBytes } from './material.ts'
import { requireAlgorithm, requireEnabled, requireUsage, touch, useKeyOrAlias } from './resolve.ts'
import { signRsaDigest, verifyRsaDigest } from './rsa.ts'
import { dryRunFlag, grantTokens, keyId } from './shapes.ts'
import { HASH_BYTES, hashOf, keySpec, SIGNING_ALGORITHMS, type SigningAlgorithm } from './specs.ts'

type MessageType = 'RAW' | 'DIGEST'

const messageType = oneOf(['RAW', 'DIGEST', 'EXTERNAL_MU'])
const shape = {
  KeyId: keyId,
  Message: required(blob({ min: 1, max: 4096 })),
  MessageType: messageType,
  SigningAlgorithm: required(oneOf(SIGNING_ALGORITHMS)),
  GrantTokens: grantTokens,
  DryRun: dryRunFlag,
}

interface Job {
  readonly material: Material
  readonly algorithm: SigningAlgorithm
  readonly message: Buffer
  readonly messageType: MessageType
}

/** Refuses a message type or digest length the algorithm does not take. */
function checkMessage(algorithm: SigningAlgorithm, type: string, message: Buffer): MessageType {
  if (type === 'EXTERNAL_MU') throw validation(`MessageType EXTERNAL_MU is not valid for algorithm ${algorithm}.`)
  // Ed25519 takes RAW only, Ed25519ph DIGEST only (API reference, Sign, MessageType).
  const only = { ED25519_SHA_512: 'RAW', ED25519_PH_SHA_512: 'DIGEST' }
  const wanted = algorithm === 'ED25519_SHA_512' || algorithm === 'ED25519_PH_SHA_512' ? only[algorithm] : type
  if (type !== wanted) throw validation(`MessageType ${type} is not valid for algorithm ${algorithm}.`)
  if (type === 'RAW') return 'RAW'
  if (message.length !== HASH_BYTES[hashOf(algorithm)]) {
    throw validation(`Digest is invalid length for algorithm ${algorithm}.`)
  }
  return 'DIGEST'
}

function logMessage(call: Call, type: string, message: Buffer): void {
  call.entry.messageType = type
  call.entry.messageSha256 = createHash('sha256').update(message).digest('hex')
  if (message.length <= 64) call.entry.message = message.toString('hex')
}

const digestOf = ({ algorithm, message, messageType: type }: Job): Buffer =>
  type === 'DIGEST' ? message : createHash(hashOf(algorithm)).update(message).digest()

const seedOf = (material: Material) => secretBytes(material).subarray(-32)

async function makeSignature(call: Call, key: KeyRecord, job: Job): Promise<Buffer> {
  const { kind } = keySpec(key.spec)
  if (kind.type === 'ec') return signEcdsa(call, CURVES[kind.curve], job)
  if (kind.type === 'rsa') {
    return signRsaDigest(privateKey(job.material), job.algorithm, digestOf(job), call.emulator.random)
  }
  if (job.algorithm === 'ED25519_PH_SHA_512') return signPrehash(seedOf(job.material), job.message)
  return nodeSign(null, job.message, privateKey(job.material))
}

function signEcdsa(call: Call, curve: (typeof CURVES)[keyof typeof CURVES], job: Job): Buffer {
  const { random } = call.emulator
  const scalar = privateScalar(privateKey(job.material))
  const length = call.faults.find('der-length')?.length
  const shaped = length === undefined ? undefined : signToLength(curve, scalar, digestOf(job), random, length)
  return encodeDer(shaped ?? signDigest(curve, scalar, digestOf(job), random))
}

/** The fault `other-key`: a key of the same spec that nobody knows makes the signature. */
async function strangerMaterial(call: Call, key: KeyRecord): Promise<Material> {
  return makeMaterial(key.id, await generateSecret(key.spec, call.emulator.random))
}

function verifies(key: KeyRecord, job: Job, signature: Buffer): boolean {
  const { kind } = keySpec(key.spec)
  if (kind.type === 'ec') {
    const decoded = decodeDer(signature)
    if (decoded === undefined) return false
    return verifyDigest(CURVES[kind.curve], privateScalar(privateKey(job.material)), digestOf(job), decoded)
  }
  if (kind.type === 'rsa') return verifyRsaDigest(privateKey(job.material), job.algorithm, digestOf(job), signature)
  if (job.algorithm === 'ED25519_PH_SHA_512') return verifyPrehash(seedOf(job.material), job.message, signature)
  return nodeVerify(null, job.message, privateKey(job.material), signature)
}

interface Admitted extends Omit<Job, 'material'> {
  readonly key: KeyRecord
}

/** What signing and verifying ask alike, in AWS's order. Throws DryRunOperationException when that was all. */
function admit(call: Call, input: Input<typeof shape>): Admitted {
  const type = input.MessageType ?? 'RAW'
  const { Message: message, SigningAlgorithm: algorithm } = input
  logMessage(call, type, message)
  const key = useKeyOrAlias(call, input.KeyId)
  requireEnabled(key)
  requireUsage(call, key, 'SIGN_VERIFY')
  requireAlgorithm(key, algorithm, keySpec(key.spec).signing)
  const messageType = checkMessage(algorithm, type, message)
  if (input.DryRun === true) throw dryRun()
  return { key, algorithm, message, messageType }
}

export const signOperations = {
  Sign: reading(shape, async (call, input) => {
    const { key, ...asked } = admit(call, input)
    const stranger = call.faults.find('other-key') !== undefined
    const material = stranger ? await strangerMaterial(call, key) : currentMaterial(key)
    const signature = await makeSignature(call, key, { ...asked, material })
    call.entry.signature = signature.toString('hex')
    touch(call, key)
    return { KeyId: key.arn, Signature: signature, SigningAlgorithm: input.SigningAlgorithm }
  }),

  Verify: reading({ ...shape, Signature: required(blob({ min: 1, max: 6144 })) }, (call, input) => {
    const { key, ...asked } = admit(call, input)
    if (!verifies(key, { ...asked, material: currentMaterial(key) }, input.Signature))
      throw new AwsError('KMSInvalidSignatureException')
    touch(call, key)
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm }
  }),
}
