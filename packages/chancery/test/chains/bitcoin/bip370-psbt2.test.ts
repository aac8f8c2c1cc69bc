/**
 * The PSBTs of BIP-370 themselves, put together of the parts they share.
 * https://github.com/bitcoin/bips/blob/master/bip-0370.mediawiki, "Test Vectors"
 */
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { readPsbt } from '../../../src/chains/bitcoin/psbt.ts'
import { writeMaps } from '../../../src/chains/bitcoin/psbt-maps.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { parseDer } from '../../../src/curves/secp256k1/der.ts'
import { refusalOf } from '../refusal.ts'
import { chain, parse } from './wallet.ts'

/** Of pairs in hex, each with its lengths. */
const map = (...pairs: readonly string[]): string => `${pairs.join('')}00`
const psbtOf = (...maps: readonly string[]): Uint8Array => fromHex(`0x70736274ff${maps.join('')}`)

const unsignedTx =
  '01007102000000010b0ad921419c1c8719735d72dc739f9ea9e0638d1fe4c1eef0f9944084815fc80000000000feffffff02' +
  '0008af2f00000000160014c430f64c4756da310dbd1a085572ef299926272c' +
  '8bbdeb0b00000000160014a07dac8ab6ca942d379ed795f835ba71c9cc688500000000'
const globals = {
  txVersion: '01020402000000',
  fallback: '01030400000000',
  oneInput: '01040101',
  twoInputs: '01040102',
  oneOutput: '01050101',
  twoOutputs: '01050102',
  version2: '01fb0402000000',
} as const
const modifiable = (flags: string): string => `010601${flags}`

const nonWitnessUtxo =
  '0100520200000001c1aa256e214b96a1822f93de42bff3b5f3ff8d0519306e3515d7515a5e805b120000000000ffffffff01' +
  '18c69a3b00000000160014b0a3af144208412693ca7d166852b52db0aef06e00000000'
const witnessUtxo = '01011f18c69a3b00000000160014b0a3af144208412693ca7d166852b52db0aef06e'
const signature =
  '3044022005275a485734e0ae1f3b971237586f0e72dc85833d278c0e474cd23112c0fa5e' +
  '02206b048c83cebc3c41d0b93cc7da76185cedbd030d005b08018be2b98bbacbdf7b01'
const publicKey = '03760dcca05f3997dc65b293060f7f29f1514c8c527048e12802b041d4fc340a27'
const finalWitness = `01086b0247${signature}21${publicKey}`
const previousTxid = '010e200b0ad921419c1c8719735d72dc739f9ea9e0638d1fe4c1eef0f9944084815fc8'
const outputIndex = '010f0400000000'
const sequence = (value: string): string => `011004${value}`
const time = (value: string): string => `011104${value}`
const height = (value: string): string => `011204${value}`

const path = (branch: string, index: string): string => `18f69d873e540000800100008000000080${branch}${index}`
const paid = `220202d601f84846a6755f776be00e3d9de8fb10acc935fb83c45fb0162d4cad5ab792${path('00000000', '2a000000')}`
const back0 = `2202036efe2c255621986553ba9d65c3ddc64165ca1436e05aa35a4c6eb02451cf796d${path('01000000', '62000000')}`
const back2 = `220202e36fbff53dd534070cf8fd396614680f357a9b85db7340bf1cfa745d2ad7b340${path('01000000', '64000000')}`
const amounts = ['0103080008af2f00000000', '0103088bbdeb0b00000000'] as const
const scripts = [
  '0104160014c430f64c4756da310dbd1a085572ef299926272c',
  '01041600144dd193ac964a56ac1b9e1cca8454fe2f474f8513',
] as const

/** Version 0, with something in one of its maps that belongs to version 2. */
function version0(more: { global?: string; input?: string; output?: string }, proof = finalWitness): Uint8Array {
  const input = map(nonWitnessUtxo, witnessUtxo, proof, more.input ?? '')
  return psbtOf(map(unsignedTx, more.global ?? ''), input, map(paid, more.output ?? ''), map(back0))
}

const { txVersion, fallback, oneInput, twoInputs, oneOutput, twoOutputs, version2 } = globals
const counted = [txVersion, oneInput, twoOutputs, version2] as const
const spent = [nonWitnessUtxo, witnessUtxo, previousTxid, outputIndex] as const
const outputs = [map(paid, amounts[0], scripts[0]), map(back2, amounts[1], scripts[1])] as const

/** Version 2, updated. */
function updated(global: readonly string[], input: readonly string[], paying: readonly string[] = outputs): Uint8Array {
  return psbtOf(map(...global), map(...input), ...paying)
}

const flagged = (flags: string): Uint8Array =>
  updated([txVersion, oneInput, twoOutputs, modifiable(flags), version2], spent)
const latest = [sequence('feffffff'), time('8c8dc462'), height('10270000')] as const
const everything = updated(
  [txVersion, fallback, oneInput, twoOutputs, modifiable('07'), version2],
  [...spent, ...latest],
)

function withTwoInputs(first: readonly string[], second: readonly string[]): Uint8Array {
  return psbtOf(
    map(txVersion, fallback, twoInputs, oneOutput, version2),
    map('010e200f758dbfbd4da7c16c8a3309c3c81e1100f561ea646db5b01752c485e1bdde9f', '010f0401000000', ...first),
    map('010e203a1b3b3c837d6489ea7a31d8e6c7dd503c001bef3e06958e7574808d68ca78a5', '010f0400000000', ...second),
    map('0103084f93357700000000', '01041600140b1352cacd03cf6aa1b7f3c8d6388671b34a5e11'),
  )
}

test.each([
  [
    'version 0 but with PSBT_GLOBAL_TX_VERSION',
    version0({ global: txVersion }),
    'cHNidP8BAHECAAAAAQsK2SFBnByHGXNdctxzn56p4GONH+TB7vD5lECEgV/IAAAAAAD+////AgAIry8AAAAAFgAUxDD2TEdW2jENvRoIVXLv' +
      'KZkmJyyLvesLAAAAABYAFKB9rIq2ypQtN57Xlfg1unHJzGiFAAAAAAECBAIAAAAAAQBSAgAAAAHBqiVuIUuWoYIvk95Cv/O18/+NBRkwbjUV' +
      '11FaXoBbEgAAAAAA/////wEYxpo7AAAAABYAFLCjrxRCCEEmk8p9FmhStS2wrvBuAAAAAAEBHxjGmjsAAAAAFgAUsKOvFEIIQSaTyn0WaFK1' +
      'LbCu8G4BCGsCRzBEAiAFJ1pIVzTgrh87lxI3WG8OctyFgz0njA5HTNIxEsD6XgIgawSMg868PEHQuTzH2nYYXO29Aw0AWwgBi+K5i7rL33sB' +
      'IQN2DcygXzmX3GWykwYPfynxUUyMUnBI4SgCsEHU/DQKJwAiAgLWAfhIRqZ1X3dr4A49nej7EKzJNfuDxF+wFi1MrVq3khj2nYc+VAAAgAEA' +
      'AIAAAACAAAAAACoAAAAAIgIDbv4sJVYhmGVTup1lw93GQWXKFDbgWqNaTG6wJFHPeW0Y9p2HPlQAAIABAACAAAAAgAEAAABiAAAAAA==',
  ],
  [
    'all fields of version 2',
    everything,
    'cHNidP8BAgQCAAAAAQMEAAAAAAEEAQEBBQECAQYBBwH7BAIAAAAAAQBSAgAAAAHBqiVuIUuWoYIvk95Cv/O18/+NBRkwbjUV11FaXoBbEgAA' +
      'AAAA/////wEYxpo7AAAAABYAFLCjrxRCCEEmk8p9FmhStS2wrvBuAAAAAAEBHxjGmjsAAAAAFgAUsKOvFEIIQSaTyn0WaFK1LbCu8G4BDiAL' +
      'CtkhQZwchxlzXXLcc5+eqeBjjR/kwe7w+ZRAhIFfyAEPBAAAAAABEAT+////AREEjI3EYgESBBAnAAAAIgIC1gH4SEamdV93a+AOPZ3o+xCs' +
      'yTX7g8RfsBYtTK1at5IY9p2HPlQAAIABAACAAAAAgAAAAAAqAAAAAQMIAAivLwAAAAABBBYAFMQw9kxHVtoxDb0aCFVy7ymZJicsACICAuNv' +
      'v/U91TQHDPj9OWYUaA81epuF23NAvxz6dF0q17NAGPadhz5UAACAAQAAgAAAAIABAAAAZAAAAAEDCIu96wsAAAAAAQQWABRN0ZOslkpWrBue' +
      'HMqEVP4vR0+FEwA=',
  ],
  [
    'two inputs of a height and a time',
    withTwoInputs([height('10270000')], [time('8c8dc462')]),
    'cHNidP8BAgQCAAAAAQMEAAAAAAEEAQIBBQEBAfsEAgAAAAABDiAPdY2/vU2nwWyKMwnDyB4RAPVh6mRttbAXUsSF4b3enwEPBAEAAAABEgQQ' +
      'JwAAAAEOIDobOzyDfWSJ6nox2ObH3VA8ABvvPgaVjnV0gI1oynilAQ8EAAAAAAERBIyNxGIAAQMIT5M1dwAAAAABBBYAFAsTUsrNA89qobfz' +
      'yNY4hnGzSl4RAA==',
  ],
])('the parts are the text: %s', (_, composed, base64) => {
  expect(Buffer.from(composed).toString('base64')).toBe(base64)
})

describe('invalid', () => {
  const proofless = [
    ['version 2 with an unsigned transaction', { global: version2 }, 'global.unsignedTx'],
    ['PSBT_GLOBAL_TX_VERSION', { global: txVersion }, 'global.txVersion'],
    ['PSBT_GLOBAL_FALLBACK_LOCKTIME', { global: '01030402000000' }, 'global.fallbackLocktime'],
    ['PSBT_GLOBAL_INPUT_COUNT', { global: '01040102' }, 'global.inputCount'],
    ['PSBT_GLOBAL_OUTPUT_COUNT', { global: '01050102' }, 'global.outputCount'],
    ['PSBT_GLOBAL_TX_MODIFIABLE', { global: modifiable('00') }, 'global.txModifiable'],
    ['PSBT_IN_PREVIOUS_TXID', { input: previousTxid }, 'inputs[0].txid'],
    ['PSBT_IN_OUTPUT_INDEX', { input: outputIndex }, 'inputs[0].index'],
    ['PSBT_IN_SEQUENCE', { input: sequence('ffffffff') }, 'inputs[0].sequence'],
    ['PSBT_IN_REQUIRED_TIME_LOCKTIME', { input: time('8c8dc462') }, 'inputs[0].requiredTimeLocktime'],
    ['PSBT_IN_REQUIRED_HEIGHT_LOCKTIME', { input: height('10270000') }, 'inputs[0].requiredHeightLocktime'],
    ['PSBT_OUT_AMOUNT', { output: amounts[0] }, 'outputs[0].amount'],
    ['PSBT_OUT_SCRIPT', { output: '0104160014a07dac8ab6ca942d379ed795f835ba71c9cc6885' }, 'outputs[0].script'],
  ] as const

  /** Each is of an input that is signed and final, which is not read here in any version. */
  test.each(proofless)('version 0 with %s, for that reason too', (_, more, where) => {
    const refused = refusalOf(() => readPsbt(version0(more, ''), 'psbt'))
    expect(refused).toMatchObject({ code: 'invalid-payload', where: `psbt.${where}` })
    const first = where.startsWith('global.') ? `psbt.${where}` : 'psbt.inputs[0].finalScriptWitness'
    expect(refusalOf(() => readPsbt(version0(more), 'psbt')).where).toBe(first)
    expect(readPsbt(version0({}, ''), 'psbt').version).toBe(0)
  })

  const all = [txVersion, fallback, oneInput, twoOutputs, version2]
  const input = [...spent, sequence('feffffff')]
  const without = (parts: readonly string[], one: string) => parts.filter((part) => part !== one)
  test.each([
    ['PSBT_GLOBAL_INPUT_COUNT', 'global.inputCount', updated(without(all, oneInput), input)],
    ['PSBT_GLOBAL_OUTPUT_COUNT', 'global.outputCount', updated(without(all, twoOutputs), input)],
    ['PSBT_IN_PREVIOUS_TXID', 'inputs[0].txid', updated(all, without(input, previousTxid))],
    ['PSBT_IN_OUTPUT_INDEX', 'inputs[0].index', updated(all, without(input, outputIndex))],
    ['PSBT_OUT_AMOUNT', 'outputs[0].amount', updated(all, input, [map(paid, scripts[0]), outputs[1]])],
    ['PSBT_OUT_SCRIPT', 'outputs[0].script', updated(all, input, [map(paid, amounts[0]), outputs[1]])],
  ])('version 2 without %s', (_, where, bytes) => {
    const refused = refusalOf(() => readPsbt(bytes, 'psbt'))
    expect(refused).toMatchObject({
      code: 'invalid-payload',
      where: `psbt.${where}`,
      wanted: 'there: version 2 needs it',
    })
  })

  const outOfRange = { code: 'invalid-payload', where: 'psbt', got: 'a required lock time out of its range' }
  test.each([
    ['PSBT_IN_REQUIRED_TIME_LOCKTIME less than 500000000', updated(counted, [...spent, time('ff64cd1d')])],
    ['PSBT_IN_REQUIRED_HEIGHT_LOCKTIME of 500000000', updated(counted, [...spent, height('0065cd1d')])],
  ])('version 2 with %s', (_, bytes) => {
    expect(refusalOf(() => readPsbt(bytes, 'psbt'))).toMatchObject(outOfRange)
  })
})

const key = secp256k1.publicKey(fromHex(`0x${publicKey}`))
const asked = (bytes: Uint8Array) => parse({ psbt: toHex(bytes), key })

describe('valid', () => {
  const signable = [
    ['updated', updated(counted, spent)],
    ['with PSBT_IN_SEQUENCE', updated(counted, [...spent, sequence('feffffff')])],
    ['with all lock times', updated([txVersion, fallback, oneInput, twoOutputs, version2], [...spent, ...latest])],
    ['with inputs to be modified', flagged('01')],
    ['with outputs to be modified', flagged('02')],
    ['with SIGHASH_SINGLE in it', flagged('04')],
    ['with a flag nobody knows', flagged('08')],
    ['with inputs and outputs to be modified', flagged('03')],
    ['with inputs to be modified and SIGHASH_SINGLE in it', flagged('05')],
    ['with outputs to be modified and SIGHASH_SINGLE in it', flagged('06')],
    ['with all known flags', flagged('07')],
    ['with all flags there can be', flagged('ff')],
    ['with all fields', everything],
  ] as const

  test.each(signable)('%s: read, written again as it was, and ready to be signed by its key', (_, bytes) => {
    expect(writeMaps(readPsbt(bytes, 'psbt').maps)).toEqual(bytes)
    expect(asked(bytes)).toMatchObject({ fee: 141n, inputs: [{ unsigned: true, amount: 999_999_000n }] })
  })

  test('of the fields it needs: read, and not signed, since nothing says what it spends', () => {
    const least = psbtOf(
      map(...counted),
      map(previousTxid, outputIndex),
      map(amounts[0], scripts[0]),
      map(amounts[1], scripts[1]),
    )
    expect(writeMaps(readPsbt(least, 'psbt').maps)).toEqual(least)
    expect(readPsbt(least, 'psbt').transaction.lockTime).toBe(0)
    expect(refusalOf(() => asked(least)).where).toBe('transaction.psbt.inputs[0].nonWitnessUtxo')
  })
})

test.each([
  ['none', 0, [], []],
  ['a height', 10_000, [height('10270000')], []],
  ['two heights', 10_000, [height('10270000')], [height('28230000')]],
  ['a height, and both', 10_000, [height('10270000')], [time('8c8dc462'), height('28230000')]],
  ['both, and both', 10_000, [time('8b8dc462'), height('10270000')], [time('8c8dc462'), height('28230000')]],
  ['a time, and both', 1_657_048_460, [time('8b8dc462')], [time('8c8dc462'), height('28230000')]],
  ['both, and a time', 1_657_048_460, [time('8b8dc462'), height('10270000')], [time('8c8dc462')]],
  ['a time of the second', 1_657_048_460, [], [time('8c8dc462')]],
] as const)('lock times: %s', (_, wanted, first, second) => {
  expect(readPsbt(withTwoInputs(first, second), 'psbt').transaction.lockTime).toBe(wanted)
})

test('lock times: a height and a time cannot both be', () => {
  const bytes = withTwoInputs([height('10270000')], [time('8c8dc462')])
  const got = 'inputs that require heights and others times'
  expect(refusalOf(() => readPsbt(bytes, 'psbt'))).toMatchObject({ code: 'invalid-payload', where: 'psbt', got })
})

test('the signature that version 0 comes with is of what is signed here, and makes its transaction', () => {
  const intent = asked(version0({}, ''))
  const [payload] = chain.payloads(intent, 'key_test')
  const algorithm = 'secp256k1-ecdsa'
  const made = { algorithm, bytes: parseDer(fromHex(`0x${signature.slice(0, -2)}`)) } as const
  expect(secp256k1.verify(made, payload?.bytes ?? new Uint8Array(), key)).toBe(true)
  const { result } = chain.assemble(intent, [made])
  expect(result).toMatchObject({ complete: true })
  expect(result['rawTransaction']).toContain(`0247${signature}21${publicKey}`)
})
