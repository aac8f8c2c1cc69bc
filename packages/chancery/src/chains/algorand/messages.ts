/** What is signed and is no transaction. Each kind has a prefix of its own, so that no signature serves as another. */
import { LogicSig } from 'algosdk'
import { concat, fromHex, isHex, toHex, utf8 } from '../../base/bytes.ts'
import { readString } from '../../core/fields.ts'
import { invalid } from '../../core/refusals.ts'
import { readAddress } from './address.ts'
import { base64, readBase64 } from './base64.ts'
import type { PrefixedIntent } from './intent.ts'
import { kindOf, readMembers } from './shape.ts'

type Read = Pick<PrefixedIntent, 'bytes' | 'summary' | 'program'>

/** `{ text }` or `{ bytes }`, behind `MX` as in the SDKs' `signBytes`. @throws Refused */
export function readMessage(value: unknown, where: string): Read {
  const { text, bytes } = readMembers(value, where, ['text', 'bytes'])
  if ((text === undefined) === (bytes === undefined))
    throw invalid(where, bytes === undefined ? 'neither' : 'both', 'one of text and bytes')
  if (text !== undefined) {
    const message = readText(text, `${where}.text`)
    return { bytes: concat(utf8('MX'), utf8(message)), summary: { text: message } }
  }
  if (!isHex(bytes)) throw invalid(`${where}.bytes`, kindOf(bytes), '0x and whole bytes in hex')
  const message = fromHex(bytes)
  return { bytes: concat(utf8('MX'), message), summary: { bytes: toHex(message) } }
}

function readText(text: unknown, where: string): string {
  if (typeof text !== 'string') throw invalid(where, kindOf(text), 'a string')
  return readString(text, where)
}

/** LogicSigMaxSize, for one transaction; groups pool it. */
const largestProgram = 16 * 1_000

/**
 * `{ program }`: the bytes that delegate the whole account to a program, behind `Program`.
 * @throws Refused
 */
export function readLogicSignature(value: unknown, where: string): Read {
  const { program } = readMembers(value, where, ['program'])
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

/** Its first byte is its version, of which there are a dozen: hex read as base64 begins with something else. */
const largestVersion = 31

function addressOfProgram(program: Uint8Array, where: string): string {
  const unlike = () =>
    invalid(where, `${program.length} bytes`, 'a compiled program: its version first, not its source')
  const [version = 0] = program
  if (version === 0 || version > largestVersion) throw unlike()
  try {
    return new LogicSig(program).address().toString()
  } catch {
    throw unlike()
  }
}

/** `{ program, data }`: data that the program of that address verifies, behind `ProgData` and its hash. @throws Refused */
export function readProgramData(value: unknown, where: string): Read {
  const { program, data } = readMembers(value, where, ['program', 'data'])
  const address = readAddress(program, `${where}.program`)
  const bytes = readBase64(data, `${where}.data`)
  return {
    bytes: concat(utf8('ProgData'), address.publicKey, bytes),
    summary: { program: address.toString(), data: base64(bytes) },
    program: { address: address.toString() },
  }
}
