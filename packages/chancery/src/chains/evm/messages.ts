/** Personal messages (EIP-191, version 0x45 'E'). https://eips.ethereum.org/EIPS/eip-191 */
import { utf8 } from '../../base/bytes.ts'
import { readBytes, readClosedObject, readString } from '../../core/fields.ts'
import { keccak256 } from './keccak.ts'
import { invalid } from '../../core/refusals.ts'

export interface PersonalMessage {
  /** Absent when the message was given as bytes. */
  readonly text?: string
  readonly bytes: Uint8Array
}

const messageLimit = 65_536

/** Reads `{ text }` or `{ bytes }`. @throws Refused */
export function readMessage(value: unknown, where: string): PersonalMessage {
  const fields = readClosedObject(value, where, ['text', 'bytes'])
  if ((fields.text === undefined) === (fields.bytes === undefined)) {
    throw invalid(where, Object.keys(fields).join(', '), 'an object with either text or bytes')
  }
  const message = fields.text === undefined ? bytesMessage(fields.bytes, where) : textMessage(fields.text, where)
  if (message.bytes.length <= messageLimit) return message
  throw invalid(where, `${message.bytes.length} bytes`, `at most ${messageLimit} bytes`)
}

/** The digest of EIP-191: the length is in decimal digits of the number of bytes. */
export function messageDigest({ bytes }: PersonalMessage): Uint8Array {
  return keccak256(utf8(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes)
}

const hashText = /^(?:0x)?[0-9a-fA-F]{64}$/

/**
 * Whether the message is a hash that nobody can read: 32 bytes, which a Safe or an ERC-4337 account may take as leave to
 * act, or a text that is nothing but the hex of 32 bytes, which other contracts rebuild on chain (safety rule 18). Any
 * message of 32 bytes counts, readable or not, because the contract does not tell the difference.
 */
export function isOpaqueMessage({ bytes }: PersonalMessage): boolean {
  return bytes.length === 32 || (bytes.length <= 66 && hashText.test(Buffer.from(bytes).toString('latin1')))
}

function textMessage(value: unknown, where: string): PersonalMessage {
  const text = readString(value, `${where}.text`)
  return { text, bytes: utf8(text) }
}

/** 0x19 opens the wrapped form: whoever sends it has wrapped the message already, or hopes to be misread. */
function bytesMessage(value: unknown, where: string): PersonalMessage {
  const bytes = readBytes(value, `${where}.bytes`)
  if (bytes[0] === 0x19) throw invalid(`${where}.bytes`, value, 'the message before EIP-191 wraps it, not 0x19 …')
  return { bytes }
}
