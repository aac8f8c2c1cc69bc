import { describe, expect, it } from 'vitest'
import { start } from './clients.ts'
import { differences, readRecorded, type Recorded } from './recorded/compare.ts'
import { dataKeysScenarios } from './recorded/data-keys.ts'
import { encryptionScenarios } from './recorded/encryption.ts'
import { importsScenarios } from './recorded/imports.ts'
import { keysScenarios } from './recorded/keys.ts'
import { rotationScenarios } from './recorded/rotation.ts'
import { doer, type Scenario } from './recorded/run.ts'
import { signingScenarios } from './recorded/signing.ts'
import { taggingScenarios } from './recorded/tagging.ts'

const SCENARIOS: Record<string, Scenario> = {
  ...encryptionScenarios,
  ...dataKeysScenarios,
  ...keysScenarios,
  ...signingScenarios,
  ...importsScenarios,
  ...taggingScenarios,
  ...rotationScenarios,
}

// Recorded, and not compared; each with its reason.
const LEFT_OUT: Record<string, string> = {
  test_derive_shared_secret: 'DeriveSharedSecret is not emulated',
  test_derive_shared_secret_matches_openssl: 'DeriveSharedSecret is not emulated',
  test_verify_salt_length: 'records nothing',
  test_rotate_key_on_demand_raises_error_given_key_with_imported_key_material:
    'an older answer: later recordings rotate keys with imported material',
}

// These two enum lists have grown since the recording; ours must begin with the recorded members.
function withoutNewEnumMembers(recorded: Recorded): Recorded {
  const text = JSON.stringify(recorded)
  return JSON.parse(text.replace('HMAC_224, HMAC_512]', 'HMAC_224, HMAC_512, ECC_NIST_EDWARDS25519]')) as Recorded
}

const recordings = readRecorded('kms-recorded-responses.json')
const named = [...(recordings ?? new Map<string, Recorded>())].map(([name, recorded]) => {
  const [, base = name, parameters = ''] = /^(\w+)(?:\[(.*)\])?$/.exec(name) ?? []
  return { name, base, parameters: parameters.split('-'), recorded }
})

describe.runIf(recordings !== undefined)('answers as AWS KMS was recorded', () => {
  // Four RSA-4096 keys are made; on a busy machine each may take many seconds.
  it.each(named.filter(({ base }) => LEFT_OUT[base] === undefined))(
    '$name',
    async ({ base, parameters, recorded }) => {
      const emulator = await start({ otherRegions: ['eu-west-1', 'ap-southeast-1'] })
      const scenario = SCENARIOS[base]
      if (scenario === undefined) throw new Error(`No scenario ${base}`)
      const ours = await scenario(doer(emulator), ...parameters)
      const wanted = withoutNewEnumMembers(recorded)
      expect(differences(wanted, ours)).toEqual([])
    },
    60_000,
  )

  it('leaves out only what is listed', () => {
    const bases = new Set(named.map(({ base }) => base))
    expect(Object.keys(LEFT_OUT).filter((base) => !bases.has(base))).toEqual([])
    expect(Object.keys(SCENARIOS).filter((base) => !bases.has(base))).toEqual([])
  })
})
