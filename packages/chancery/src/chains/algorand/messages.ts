/** What is signed and is no transaction. Each kind has a prefix of its own, so that no signature serves as another. */
import { LogicSig } from 'algosdk'
import { concat, toHex, utf8 } from '../../base/bytes.ts'
import { readClosedObject, readBytes, readString } from '../../core/fields.ts'
import { invalid } from '../../core/refusals.ts'
import { readAddress } from './address.ts'
import { base64, readBase64 } from './base64.ts'
import type { PrefixedIntent } from './intent.ts'

type Read = Pick<PrefixedIntent, 'bytes' | 'summary' | 'program'>

/** `{ text }` or `{ bytes }`, behind `MX` as in the SDKs' `signBytes`. @throws Refused */
export function readMessage(value: unknown, where: string): Read {
  const { text, bytes } = readClosedObject(value, where, ['text', 'bytes'])
  if ((text === undefined) === (bytes === undefined)) throw invalid(where, value, 'one of text and bytes')
  if (text !== undefined) {
    const message = readString(text, `${where}.text`)
    return { bytes: concat(utf8('MX'), utf8(message)), summary: { text: message } }
  }
  const message = readBytes(bytes, `${where}.bytes`)
  return { bytes: concat(utf8('MX'), message), summary: { bytes: toHex(message) } }
}

/** LogicSigMaxSize, for one transaction; groups pool it. */
const largestProgram = 16 * 1_000

/**
 * `{ program }`: the bytes that delegate the whole account to a program, behind `Program`.
 * @throws Refused
 */
export function readLogicSignature(value: unknown, where: string): Read {
  const { program } = readClosedObject(value, where, ['program'])
  const bytes = readBase64(program, `${where}.program`)
  if (bytes.length > largestProgram)
    throw invalid(`${where}.program`, `${bytes.length} bytes`, `at most ${largestProgram}`)
  const address = addressOfProgram(bytes, `${where}.program`)
  return {
    bytes: concat(utf8('Program'), bytes),
    summary: { delegatesTo: address, program: base64(bytes) },
    program: { address, bytes },
  }
}

function addressOfProgram(program: Uint8Array, where: string): string {
  try {
    return new LogicSig(program).address().toString()
  } catch {
    throw invalid(where, `${program.length} bytes`, 'a compiled program, not its source')
  }
}

/** `{ program, data }`: data that the program of that address verifies, behind `ProgData` and its hash. @throws Refused */
export function readProgramData(value: unknown, where: string): Read {
  const { program, data } = readClosedObject(value, where, ['program', 'data'])
  const address = readAddress(program, `${where}.program`)
  const bytes = readBase64(data, `${where}.data`)
  return {
    bytes: concat(utf8('ProgData'), address.publicKey, bytes),
    summary: { program: address.toString(), data: base64(bytes) },
    program: { address: address.toString() },
  }
}
