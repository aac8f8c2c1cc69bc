/** A transaction given as JSON fields, in the names of JSON-RPC; `gasLimit` and `data` as libraries call them as well. */
import { equal } from '../../base/bytes.ts'
import { readAddress } from './address.ts'
import { type Fields, readArray, readBytes, readClosedObject, readObject } from '../../core/fields.ts'
import { readQuantity } from './quantities.ts'
import { invalid } from '../../core/refusals.ts'
import {
  type AccessListEntry,
  isSignedType,
  type Transaction,
  transactionTypes,
  type TransactionType,
} from './transaction.ts'
import { typeRefused } from './transaction.ts'

const general = ['type', 'chainId', 'nonce', 'to', 'value', 'data', 'input', 'gas', 'gasLimit', 'from']
/** What each type has besides the general fields. */
const particular: Readonly<Record<TransactionType, readonly string[]>> = {
  0: ['gasPrice'],
  1: ['gasPrice', 'accessList'],
  2: ['maxFeePerGas', 'maxPriorityFeePerGas', 'accessList'],
}

/**
 * Reads the fields; `chainId` fills in for one that is absent. Does not judge `from`, nor what `checkTransaction` does.
 * @throws Refused for a field that is unknown, of another type, missing, null (except `to`) or out of range.
 */
export function readTransaction(value: unknown, where: string, chainId: bigint): Transaction {
  const type = readType(readObject(value, where), where)
  const fields = readClosedObject(value, where, [...general, ...particular[type]])
  const number = (name: string, bits: number): bigint => readQuantity(fields[name], `${where}.${name}`, bits)
  const to = readTo(fields.to, `${where}.to`)
  const common = {
    chainId: fields.chainId === undefined ? chainId : number('chainId', 64),
    nonce: number('nonce', 64),
    gas: readGas(fields, where),
    ...(to === undefined ? {} : { to }),
    value: fields.value === undefined ? 0n : number('value', 256),
    data: readData(fields, where),
  }
  if (type === 0) return { type, ...common, gasPrice: number('gasPrice', 256) }
  const accessList = fields.accessList === undefined ? [] : readAccessList(fields.accessList, `${where}.accessList`)
  if (type === 1) return { type, ...common, gasPrice: number('gasPrice', 256), accessList }
  const maxPriorityFeePerGas = number('maxPriorityFeePerGas', 256)
  return { type, ...common, maxFeePerGas: number('maxFeePerGas', 256), maxPriorityFeePerGas, accessList }
}

function readType(fields: Fields, where: string): TransactionType {
  if (fields.type === undefined) return inferType(fields, where)
  const type = Number(readQuantity(fields.type, `${where}.type`, 8))
  if (!isSignedType(type)) throw typeRefused(type, `${where}.type`)
  return type
}

/** Without `type`, the fee fields decide; where they do not, nothing is guessed. */
function inferType(fields: Fields, where: string): TransactionType {
  const later = transactionTypes.findIndex(({ own }) => own.some((name) => fields[name] !== undefined))
  if (later !== -1) throw typeRefused(later, where)
  const capped = fields.maxFeePerGas !== undefined || fields.maxPriorityFeePerGas !== undefined
  const priced = fields.gasPrice !== undefined
  if (capped === priced) {
    const got = Object.keys(fields).join(', ')
    throw invalid(where, got, 'either gasPrice, or maxFeePerGas and maxPriorityFeePerGas')
  }
  if (capped) return 2
  return fields.accessList === undefined ? 0 : 1
}

/** Null and absent both mean that a contract is created. */
function readTo(value: unknown, where: string): Uint8Array | undefined {
  return value === undefined || value === null ? undefined : readAddress(value, where)
}

function readGas(fields: Fields, where: string): bigint {
  const name = fields.gas === undefined && fields.gasLimit !== undefined ? 'gasLimit' : 'gas'
  const gas = readQuantity(fields[name], `${where}.${name}`, 64)
  if (fields.gas === undefined || fields.gasLimit === undefined) return gas
  if (readQuantity(fields.gasLimit, `${where}.gasLimit`, 64) === gas) return gas
  throw invalid(`${where}.gasLimit`, fields.gasLimit, `the same as gas (${gas}), or left out`)
}

function readData(fields: Fields, where: string): Uint8Array {
  const [data, input] = (['data', 'input'] as const).map((name) =>
    fields[name] === undefined ? undefined : readBytes(fields[name], `${where}.${name}`),
  )
  if (data !== undefined && input !== undefined && !equal(data, input)) {
    throw invalid(`${where}.input`, fields.input, 'the same as data, or left out')
  }
  return data ?? input ?? new Uint8Array(0)
}

function readAccessList(value: unknown, where: string): readonly AccessListEntry[] {
  return readArray(value, where).map((entry, i) => {
    const at = `${where}[${i}]`
    const { address, storageKeys } = readClosedObject(entry, at, ['address', 'storageKeys'])
    const keys = readArray(storageKeys, `${at}.storageKeys`)
    return {
      address: readAddress(address, `${at}.address`),
      storageKeys: keys.map((key, j) => readBytes(key, `${at}.storageKeys[${j}]`, 32)),
    }
  })
}
