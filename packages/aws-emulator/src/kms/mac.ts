import { createHmac, timingSafeEqual } from 'node:crypto'
import { AwsError, dryRun } from '../errors.ts'
import { type Call, reading } from '../operation.ts'
import type { KeyRecord } from '../state.ts'
import { blob, oneOf, required } from '../validation.ts'
import { currentMaterial, secretBytes } from './material.ts'
import { requireAlgorithm, requireEnabled, requireUsage, touch, useKeyOrAlias } from './resolve.ts'
import { dryRunFlag, grantTokens, keyId } from './shapes.ts'
import { hashOf, keySpec, MAC_ALGORITHMS } from './specs.ts'

const shape = {
  Message: required(blob({ min: 1, max: 4096 })),
  KeyId: keyId,
  MacAlgorithm: required(oneOf(MAC_ALGORITHMS)),
  GrantTokens: grantTokens,
  DryRun: dryRunFlag,
}

function macKey(call: Call, name: string, algorithm: string): KeyRecord {
  const key = useKeyOrAlias(call, name)
  requireEnabled(key)
  requireUsage(call, key, 'GENERATE_VERIFY_MAC')
  requireAlgorithm(key, algorithm, keySpec(key.spec).mac)
  return key
}

function mac(key: KeyRecord, algorithm: string, message: Buffer): Buffer {
  return createHmac(hashOf(algorithm), secretBytes(currentMaterial(key)))
    .update(message)
    .digest()
}

export const macOperations = {
  GenerateMac: reading(shape, (call, input) => {
    const key = macKey(call, input.KeyId, input.MacAlgorithm)
    if (input.DryRun === true) throw dryRun()
    touch(call, key)
    return { Mac: mac(key, input.MacAlgorithm, input.Message), MacAlgorithm: input.MacAlgorithm, KeyId: key.arn }
  }),

  VerifyMac: reading({ ...shape, Mac: required(blob({ min: 1, max: 6144 })) }, (call, input) => {
    const key = macKey(call, input.KeyId, input.MacAlgorithm)
    if (input.DryRun === true) throw dryRun()
    const expected = mac(key, input.MacAlgorithm, input.Message)
    if (expected.length !== input.Mac.length || !timingSafeEqual(expected, input.Mac)) {
      throw new AwsError('KMSInvalidMacException')
    }
    touch(call, key)
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm }
  }),
}
