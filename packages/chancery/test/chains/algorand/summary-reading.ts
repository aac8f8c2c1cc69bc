/** From a transaction's summary back to the transaction: only possible where the summary says everything. */
import { Address, Transaction, type TransactionParams, TransactionType } from 'algosdk'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { isJsonObject } from '../../../src/base/json.ts'
import { bytesOf } from './signing.ts'
import { proofOf } from './transaction-arbitrary.ts'

const byteFields = new Set([
  'note',
  'lease',
  'genesisHash',
  'voteKey',
  'selectionKey',
  'stateProofKey',
  'assetMetadataHash',
  'approvalProgram',
  'clearProgram',
  'appArgs',
  'name',
  'seed',
  'voteID',
  'sig',
  'pk',
  'pk2',
  'pk1Sig',
  'pk2Sig',
])
const numberFields = new Set([
  'fee',
  'firstValid',
  'lastValid',
  'amount',
  'assetIndex',
  'total',
  'appIndex',
  'foreignApps',
  'foreignAssets',
  'voteFirst',
  'voteLast',
  'voteKeyDilution',
  'keyDilution',
])

function read(name: string, value: Json): unknown {
  if (Array.isArray(value)) return value.map((one: Json) => read(name, one))
  if (isJsonObject(value)) return readAll(value)
  if (typeof value === 'string' && byteFields.has(name)) return bytesOf(value)
  if (typeof value === 'string' && numberFields.has(name)) return BigInt(value)
  return value
}

function readAll(object: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, read(name, value)]))
}

const paramsOf: Readonly<Record<string, string>> = {
  [TransactionType.pay]: 'paymentParams',
  [TransactionType.axfer]: 'assetTransferParams',
  [TransactionType.acfg]: 'assetConfigParams',
  [TransactionType.afrz]: 'assetFreezeParams',
  [TransactionType.keyreg]: 'keyregParams',
  [TransactionType.appl]: 'appCallParams',
  [TransactionType.hb]: 'heartbeatParams',
}

export function rebuilt(summary: JsonObject): Transaction {
  const { type, sender, note, lease, rekeyTo, fee, firstValid, lastValid, genesisHash, genesisID, ...fields } =
    readAll(summary)
  const { proof, freezeAccount, ...rest } = fields
  const common = { type, sender, note, lease, rekeyTo }
  const suggestedParams = { fee, flatFee: true, minFee: 0n, firstValid, lastValid, genesisHash, genesisID }
  const typed = {
    ...rest,
    ...(proof !== undefined && { proof: proofOf(proofFields(proof)) }),
    ...(type === 'hb' && { address: Address.fromString(String(fields['address'])) }),
    ...(freezeAccount !== undefined && { freezeTarget: freezeAccount }),
  }
  const all = { ...common, suggestedParams, [paramsOf[String(type)] ?? '']: typed }
  return new Transaction(all as unknown as TransactionParams)
}

/** By the names they have in MessagePack. */
function proofFields(proof: unknown): object {
  const { sig: s, pk: p, pk2: p2, pk1Sig: p1s, pk2Sig: p2s } = proof as Record<string, unknown>
  return { p, p1s, p2, p2s, s }
}
