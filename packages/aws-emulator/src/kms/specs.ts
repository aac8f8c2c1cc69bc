/** What a key spec is and can do. Source: KMS developer guide, "Key spec reference". */
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC'

export type Kind =
  | { readonly type: 'symmetric' }
  | { readonly type: 'hmac'; readonly bytes: number }
  | { readonly type: 'ec'; readonly curve: CurveName }
  | { readonly type: 'ed25519' }
  | { readonly type: 'rsa'; readonly bits: number }

/** Curve names as JSON Web Keys have them. */
export type CurveName = 'secp256k1' | 'P-256' | 'P-384' | 'P-521'

export interface KeySpec {
  readonly kind: Kind
  readonly usages: readonly KeyUsage[]
  readonly signing: readonly string[]
  readonly encryption: readonly string[]
  readonly mac: readonly string[]
}

// The order of the first twelve is the order in AWS's recorded enum error.
export const KEY_SPECS = [
  'RSA_2048',
  'ECC_NIST_P384',
  'ECC_NIST_P256',
  'ECC_NIST_P521',
  'HMAC_384',
  'RSA_3072',
  'ECC_SECG_P256K1',
  'RSA_4096',
  'SYMMETRIC_DEFAULT',
  'HMAC_256',
  'HMAC_224',
  'HMAC_512',
  'ECC_NIST_EDWARDS25519',
] as const

export type KeySpecName = (typeof KEY_SPECS)[number]

export const KEY_USAGES = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC'] as const

const RSA_SIGNING = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
] as const

export const SIGNING_ALGORITHMS = [
  ...RSA_SIGNING,
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
] as const

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

export const ENCRYPTION_ALGORITHMS = ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const

export type EncryptionAlgorithm = (typeof ENCRYPTION_ALGORITHMS)[number]

export const MAC_ALGORITHMS = ['HMAC_SHA_384', 'HMAC_SHA_256', 'HMAC_SHA_224', 'HMAC_SHA_512'] as const

const RSA_ENCRYPTION = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']

function hmac(bits: number): KeySpec {
  return {
    kind: { type: 'hmac', bytes: bits / 8 },
    usages: ['GENERATE_VERIFY_MAC'],
    signing: [],
    encryption: [],
    mac: [`HMAC_SHA_${bits}`],
  }
}

function ec(curve: CurveName, algorithm: string): KeySpec {
  return { kind: { type: 'ec', curve }, usages: ['SIGN_VERIFY'], signing: [algorithm], encryption: [], mac: [] }
}

function rsa(bits: number): KeySpec {
  return {
    kind: { type: 'rsa', bits },
    usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
    signing: RSA_SIGNING,
    encryption: RSA_ENCRYPTION,
    mac: [],
  }
}

const SPECS: Readonly<Record<KeySpecName, KeySpec>> = {
  SYMMETRIC_DEFAULT: {
    kind: { type: 'symmetric' },
    usages: ['ENCRYPT_DECRYPT'],
    signing: [],
    encryption: ['SYMMETRIC_DEFAULT'],
    mac: [],
  },
  HMAC_224: hmac(224),
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
  ECC_SECG_P256K1: ec('secp256k1', 'ECDSA_SHA_256'),
  ECC_NIST_P256: ec('P-256', 'ECDSA_SHA_256'),
  ECC_NIST_P384: ec('P-384', 'ECDSA_SHA_384'),
  ECC_NIST_P521: ec('P-521', 'ECDSA_SHA_512'),
  ECC_NIST_EDWARDS25519: {
    kind: { type: 'ed25519' },
    usages: ['SIGN_VERIFY'],
    signing: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
    encryption: [],
    mac: [],
  },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
}

export const keySpec = (name: KeySpecName): KeySpec => SPECS[name]

/** The hash an algorithm's name ends with, as node:crypto calls it. */
export function hashOf(algorithm: string): 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' {
  if (algorithm.endsWith('SHA_1')) return 'sha1'
  if (algorithm.endsWith('SHA_224')) return 'sha224'
  if (algorithm.endsWith('SHA_384')) return 'sha384'
  return algorithm.endsWith('SHA_512') ? 'sha512' : 'sha256'
}

export const HASH_BYTES = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const
