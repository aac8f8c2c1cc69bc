/**
 * The PSBTs of BIP-371 themselves. Those of scripts of taproot are not read here (docs/bitcoin.md), whatever they say.
 * https://github.com/bitcoin/bips/blob/master/bip-0371.mediawiki, "Test Vectors"
 */
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { readPsbt } from '../../../src/chains/bitcoin/psbt.ts'
import { writeMaps } from '../../../src/chains/bitcoin/psbt-maps.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { refusalOf } from '../refusal.ts'
import { bytesOf, chain, named, parse } from './wallet.ts'

test.each([
  [
    'PSBT_IN_TAP_INTERNAL_KEY that is too long',
    'inputs[0].tapInternalKey',
    'cHNidP8BAHECAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////Anh8AQAAAAAAFgAUg6fjS9mf8DpJYu+KGhAb' +
      'spVGHs5gawQqAQAAABYAFHrDad8bIOAz1hFmI5V7CsSfPFLoAAAAAAABASsA8gUqAQAAACJRIFosLPW1LPMfg60ujaY/8DGD7Nj2CcdRCuik' +
      'jgORCgdXARchAv40kGTJjW4qhT+jybEr2LMEoZwZXGDvp+4jkwRtP6IyAAAA',
  ],
  [
    'PSBT_IN_TAP_KEY_SIG that is too short',
    'inputs[0].tapKeySig',
    'cHNidP8BAHECAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////Anh8AQAAAAAAFgAUg6fjS9mf8DpJYu+KGhAb' +
      'spVGHs5gawQqAQAAABYAFHrDad8bIOAz1hFmI5V7CsSfPFLoAAAAAAABASsA8gUqAQAAACJRIFosLPW1LPMfg60ujaY/8DGD7Nj2CcdRCuik' +
      'jgORCgdXARM/Fzuz02wHSvtxb+xjB6BpouRQuZXzyCeFlFq43w4kJg3NcDsMvzTeOZGEqUgawrNYbbZgHwJqd/fkk4SBvDR1AAAA',
  ],
  [
    'PSBT_IN_TAP_KEY_SIG that is too long',
    'inputs[0].tapKeySig',
    'cHNidP8BAHECAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////Anh8AQAAAAAAFgAUg6fjS9mf8DpJYu+KGhAb' +
      'spVGHs5gawQqAQAAABYAFHrDad8bIOAz1hFmI5V7CsSfPFLoAAAAAAABASsA8gUqAQAAACJRIFosLPW1LPMfg60ujaY/8DGD7Nj2CcdRCuik' +
      'jgORCgdXARNCFzuz02wHSvtxb+xjB6BpouRQuZXzyCeFlFq43w4kJg3NcDsMvzTeOZGEqUgawrNYbbZgHwJqd/fkk4SBvDR1FwGqAAAA',
  ],
  [
    'PSBT_IN_TAP_BIP32_DERIVATION with a key that is too long',
    'inputs[0].tapBip32Derivation (key)',
    'cHNidP8BAHECAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////Anh8AQAAAAAAFgAUg6fjS9mf8DpJYu+KGhAb' +
      'spVGHs5gawQqAQAAABYAFHrDad8bIOAz1hFmI5V7CsSfPFLoAAAAAAABASsA8gUqAQAAACJRIFosLPW1LPMfg60ujaY/8DGD7Nj2CcdRCuik' +
      'jgORCgdXIhYC/jSQZMmNbiqFP6PJsSvYswShnBlcYO+n7iOTBG0/ojIZAHcrLadWAACAAQAAgAAAAIABAAAAAAAAAAAAAA==',
  ],
  [
    'PSBT_OUT_TAP_INTERNAL_KEY that is too long',
    'outputs[1].tapInternalKey',
    'cHNidP8BAH0CAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////Aoh7AQAAAAAAFgAUI4KHHH6EIaAAk/dU2RKB' +
      '5nWHS59gawQqAQAAACJRIFosLPW1LPMfg60ujaY/8DGD7Nj2CcdRCuikjgORCgdXAAAAAAABASsA8gUqAQAAACJRIFosLPW1LPMfg60ujaY/' +
      '8DGD7Nj2CcdRCuikjgORCgdXAAABBSEC/jSQZMmNbiqFP6PJsSvYswShnBlcYO+n7iOTBG0/ojIA',
  ],
  [
    'PSBT_OUT_TAP_BIP32_DERIVATION with a key that is too long',
    'outputs[1].tapBip32Derivation (key)',
    'cHNidP8BAH0CAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////Aoh7AQAAAAAAFgAUI4KHHH6EIaAAk/dU2RKB' +
      '5nWHS59gawQqAQAAACJRIFosLPW1LPMfg60ujaY/8DGD7Nj2CcdRCuikjgORCgdXAAAAAAABASsA8gUqAQAAACJRIFosLPW1LPMfg60ujaY/' +
      '8DGD7Nj2CcdRCuikjgORCgdXAAAiBwL+NJBkyY1uKoU/o8mxK9izBKGcGVxg76fuI5MEbT+iMhkAdystp1YAAIABAACAAAAAgAEAAAAAAAAA' +
      'AA==',
  ],
] as const)('invalid: %s', (_, where, psbt) => {
  const refused = refusalOf(() => readPsbt(bytesOf(psbt), 'psbt'))
  expect(refused).toMatchObject({ code: 'invalid-payload', where: `psbt.${where}` })
})

const keyOnly =
  'cHNidP8BAFICAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////AUjmBSoBAAAAFgAUdo4e60z0IIZgM/gKzv8P' +
  'lyB0SWkAAAAAAAEBKwDyBSoBAAAAIlEgWiws9bUs8x+DrS6Npj/wMYPs2PYJx1EK6KSOA5EKB1chFv40kGTJjW4qhT+jybEr2LMEoZwZXGDv' +
  'p+4jkwRtP6IyGQB3Ky2nVgAAgAEAAIAAAACAAQAAAAAAAAABFyD+NJBkyY1uKoU/o8mxK9izBKGcGVxg76fuI5MEbT+iMgAiAgNrdyptt02H' +
  'U8mKgnlY3mx4qzMSEJ830+AwRIQkLs5z2Bh3Ky2nVAAAgAEAAIAAAACAAAAAAAAAAAAA'
const keyOnlySigned =
  'cHNidP8BAFICAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////AUjmBSoBAAAAFgAUdo4e60z0IIZgM/gKzv8P' +
  'lyB0SWkAAAAAAAEBKwDyBSoBAAAAIlEgWiws9bUs8x+DrS6Npj/wMYPs2PYJx1EK6KSOA5EKB1cBE0C7U+yRe62dkGrxuocYHEi4as5aritT' +
  'YFpyXKdGJWMUdvxvW67a9PLuD0d/NvWPOXDVuCc7fkl7l68uPxJcl680IRb+NJBkyY1uKoU/o8mxK9izBKGcGVxg76fuI5MEbT+iMhkAdyst' +
  'p1YAAIABAACAAAAAgAEAAAAAAAAAARcg/jSQZMmNbiqFP6PJsSvYswShnBlcYO+n7iOTBG0/ojIAIgIDa3cqbbdNh1PJioJ5WN5seKszEhCf' +
  'N9PgMESEJC7Oc9gYdystp1QAAIABAACAAAAAgAAAAAAAAAAAAA=='
const keyOutput =
  'cHNidP8BAF4CAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////AUjmBSoBAAAAIlEgg2mORYxmZOFZXXXaJZfe' +
  'HiLul9eY5wbEwKS1qYI810MAAAAAAAEBKwDyBSoBAAAAIlEgWiws9bUs8x+DrS6Npj/wMYPs2PYJx1EK6KSOA5EKB1chFv40kGTJjW4qhT+j' +
  'ybEr2LMEoZwZXGDvp+4jkwRtP6IyGQB3Ky2nVgAAgAEAAIAAAACAAQAAAAAAAAABFyD+NJBkyY1uKoU/o8mxK9izBKGcGVxg76fuI5MEbT+i' +
  'MgABBSARJNp67JLM0GyVRWJkf0N7E4uVchqEvivyJ2u92rPmcSEHESTaeuySzNBslUViZH9DexOLlXIahL4r8idrvdqz5nEZAHcrLadWAACA' +
  'AQAAgAAAAIAAAAAABQAAAAA='
const treeOutput =
  'cHNidP8BAF4CAAAAASd0Srq/MCf+DWzyOpbu4u+xiO9SMBlUWFiD5ptmJLJCAAAAAAD/////AUjmBSoBAAAAIlEgCoy9yG3hzhwPnK6yLW33' +
  'ztNoP+Qj4F0eQCqHk0HW9vUAAAAAAAEBKwDyBSoBAAAAIlEgWiws9bUs8x+DrS6Npj/wMYPs2PYJx1EK6KSOA5EKB1chFv40kGTJjW4qhT+j' +
  'ybEr2LMEoZwZXGDvp+4jkwRtP6IyGQB3Ky2nVgAAgAEAAIAAAACAAQAAAAAAAAABFyD+NJBkyY1uKoU/o8mxK9izBKGcGVxg76fuI5MEbT+i' +
  'MgABBSBQkpt0waBJVLeLS2A16XpeB4paDyjsltVHv+6azoA6wAEGbwLAIiBzblcpAP4SUliaIUPI88efcaBBLSNTr3VelwHHgmlKAqwCwCIg' +
  'YxxfO1gyuPvev7GXBM7rMjwh9A96JPQ9aO8MwmsSWWmsAcAiIET6pJoDON5IjI3//s37bzKfOAvVZu8gyN9tgT6rHEJzrCEHRPqkmgM43kiM' +
  'jf/+zftvMp84C9Vm7yDI322BPqscQnM5AfBreYuSoQ7ZqdC7/Trxc6U7FhfaOkFZygCCFs2Fay4Odystp1YAAIABAACAAQAAgAAAAAADAAAA' +
  'IQdQkpt0waBJVLeLS2A16XpeB4paDyjsltVHv+6azoA6wAUAfEYeXSEHYxxfO1gyuPvev7GXBM7rMjwh9A96JPQ9aO8MwmsSWWk5ARis5AmI' +
  'l4Xg6nDO67jhyokqenjq7eDy4pbPQ1lhqPTKdystp1YAAIABAACAAgAAgAAAAAADAAAAIQdzblcpAP4SUliaIUPI88efcaBBLSNTr3VelwHH' +
  'gmlKAjkBKaW0kVCQFi11mv0/4Pk/ozJgVtC0CIy5M8rngmy42Cx3Ky2nVgAAgAEAAIADAACAAAAAAAMAAAAA'

/** The internal key, whose output all of them spend. */
const internal: PublicKey = {
  algorithm: 'secp256k1-schnorr',
  bytes: fromHex('0xfe349064c98d6e2a853fa3c9b12bd8b304a19c195c60efa7ee2393046d3fa232'),
}
const asked = (psbt: string) => parse({ psbt, key: internal, network: named('BTC', 'regtest') })

describe('valid', () => {
  test.each([
    ['an input of one key', keyOnly],
    ['an output of one key', keyOutput],
    ['an output of scripts', treeOutput],
  ])('%s: read, written again as it was, and ready to be signed by its key', (_, psbt) => {
    expect(writeMaps(readPsbt(bytesOf(psbt), 'psbt').maps)).toEqual(bytesOf(psbt))
    expect(asked(psbt)).toMatchObject({ fee: 3_000n, inputs: [{ unsigned: true, amount: 5_000_000_000n }] })
  })

  test('a signature: it is of what is signed here, so nothing is left to sign', () => {
    const { maps, inputs } = readPsbt(bytesOf(keyOnlySigned), 'psbt')
    expect(writeMaps(maps)).toEqual(bytesOf(keyOnlySigned))
    const bytes = inputs[0]?.tapKeySignature ?? new Uint8Array()
    const intent = asked(keyOnly)
    const [payload] = chain.payloads(intent, 'key_test')
    const tweaked = payload?.signer?.publicKey ?? internal
    const signature = { algorithm: internal.algorithm, bytes }
    expect(secp256k1Schnorr.verify(signature, payload?.bytes ?? bytes, tweaked)).toBe(true)
    expect(refusalOf(() => asked(keyOnlySigned)).got).toBe('signatures of this key on every input')
    const { result } = chain.assemble(intent, [signature])
    expect(result).toMatchObject({ complete: true })
    expect(result['rawTransaction']).toContain(`0140${toHex(bytes).slice(2)}`)
  })
})
