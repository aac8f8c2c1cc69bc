/** Random transactions of every type an account can sign, made by the SDK. */
import {
  Address,
  decodeUnsignedTransaction,
  type HeartbeatTransactionParams,
  type KeyRegistrationTransactionParams,
  msgpackRawEncode,
  OnApplicationComplete,
  Transaction,
  type TransactionParams,
  TransactionType,
} from 'algosdk'
import fc from 'fast-check'
import { params } from './signing.ts'

/** What is left of a transaction's parameters when its sender is not known yet. */
export type Draft = Omit<TransactionParams, 'sender'>

const largest = (1n << 64n) - 1n
/** Where MessagePack's integers change their length, and everything between. */
const edges = [0n, 1n, 127n, 128n, 255n, 256n, 65_535n, 65_536n, 0xffffffffn, 1n << 32n, 1n << 53n, largest]
const uint64: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: 0n, max: largest }),
  fc.bigInt({ min: 0n, max: 100_000n }),
)
const positive = uint64.filter((value) => value > 0n)
const small = fc.oneof(fc.nat(64), fc.constantFrom(127, 128, 255, 256))
const bytes = (min: number, max = min): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: min, maxLength: max })
/** All zeros is how the protocol says nothing. */
const filled = (size: number): fc.Arbitrary<Uint8Array> => bytes(size).filter((all) => all.some((byte) => byte > 0))
const address: fc.Arbitrary<Address> = filled(32).map((key) => new Address(key))
const anyone = fc.oneof(
  { weight: 9, arbitrary: address },
  { weight: 1, arbitrary: fc.constant(new Address(new Uint8Array(32))) },
)
/** Any code points, control characters and emoji too. The SDK's decoder drops a byte order mark at the beginning. */
const text = fc.string({ unit: 'binary', maxLength: 32 }).filter((string) => !string.startsWith('\ufeff'))

const payment = fc.record(
  { receiver: anyone, amount: uint64, closeRemainderTo: address },
  { requiredKeys: ['receiver', 'amount'] },
)

const assetTransfer = fc.record(
  { assetIndex: uint64, amount: uint64, receiver: anyone, closeRemainderTo: address, assetSender: address },
  { requiredKeys: ['assetIndex', 'amount', 'receiver'] },
)

const assetConfig = fc.oneof(
  // Created, configured, destroyed.
  fc.record(
    {
      assetIndex: fc.oneof(fc.constant(0n), uint64),
      total: uint64,
      decimals: fc.nat(19),
      defaultFrozen: fc.boolean(),
      manager: address,
      reserve: address,
      freeze: address,
      clawback: address,
      unitName: text,
      assetName: text,
      assetURL: text,
      assetMetadataHash: filled(32),
    },
    { requiredKeys: ['assetIndex'] },
  ),
  fc.record({ assetIndex: positive, manager: address, clawback: address }, { requiredKeys: ['assetIndex'] }),
)

const assetFreeze = fc.record({ assetIndex: uint64, freezeTarget: anyone, frozen: fc.boolean() })

const keyRegistration: fc.Arbitrary<KeyRegistrationTransactionParams> = fc.oneof(
  fc.record({
    voteKey: filled(32),
    selectionKey: filled(32),
    stateProofKey: filled(64),
    voteFirst: positive,
    voteLast: positive,
    voteKeyDilution: positive,
  }),
  fc.constant({}),
  fc.constant({ nonParticipation: true }),
)

const foreign = fc.record({
  accounts: fc.array(address, { maxLength: 4 }),
  foreignApps: fc.uniqueArray(positive, { maxLength: 4 }),
  foreignAssets: fc.array(positive, { maxLength: 4 }),
  names: fc.array(fc.tuple(fc.nat(4), bytes(0, 64)), { maxLength: 4 }),
})

const references = fc.oneof(
  foreign.map(({ names, ...lists }) => ({
    ...lists,
    boxes: names.map(([i, name]) => ({ appIndex: lists.foreignApps[i] ?? 0n, name })),
  })),
  fc.record({
    access: fc.array(
      fc.oneof(
        fc.record({ address }),
        fc.record({ assetIndex: positive }),
        fc.record({ appIndex: positive }),
        fc.record({ holding: fc.record({ address: anyone, assetIndex: positive }) }),
        fc.record({ locals: fc.record({ address: anyone, appIndex: uint64 }) }),
        fc.record({ box: fc.record({ appIndex: uint64, name: bytes(0, 64) }) }),
      ),
      { maxLength: 6 },
    ),
  }),
)

const completions = [
  OnApplicationComplete.NoOpOC,
  OnApplicationComplete.OptInOC,
  OnApplicationComplete.CloseOutOC,
  OnApplicationComplete.ClearStateOC,
  OnApplicationComplete.UpdateApplicationOC,
  OnApplicationComplete.DeleteApplicationOC,
]

const application = fc
  .tuple(
    fc.record({
      appIndex: fc.oneof(fc.constant(0n), uint64),
      onComplete: fc.constantFrom(...completions),
      appArgs: fc.array(bytes(0, 40), { maxLength: 16 }),
      rejectVersion: small,
    }),
    fc.oneof(
      fc.constant({}),
      fc.record({
        approvalProgram: bytes(0, 300),
        clearProgram: bytes(0, 300),
        numLocalInts: small,
        numLocalByteSlices: small,
        numGlobalInts: small,
        numGlobalByteSlices: small,
        extraPages: fc.nat(3),
      }),
    ),
    references,
  )
  .map(([call, programs, lists]) => ({ ...call, ...programs, ...lists }))

const heartbeat = fc.record({
  address,
  proof: fc.record({ p: filled(32), p1s: filled(64), p2: filled(32), p2s: filled(64), s: filled(64) }).map(proofOf),
  seed: filled(32),
  voteID: filled(32),
  keyDilution: uint64,
  challengeDiscount: fc.boolean(),
})

/** The SDK reads proofs and does not export what makes them. */
export function proofOf(fields: object): HeartbeatTransactionParams['proof'] {
  const sd = new Uint8Array(32).fill(1)
  const hb = { a: sd, prf: fields, sd, vid: sd }
  const { heartbeat: read } = decodeUnsignedTransaction(msgpackRawEncode({ hb, snd: sd, type: 'hb' }))
  if (read === undefined) throw new Error('no heartbeat')
  return read.proof
}

const typed = fc.oneof(
  payment.map((paymentParams) => ({ type: TransactionType.pay, paymentParams })),
  assetTransfer.map((assetTransferParams) => ({ type: TransactionType.axfer, assetTransferParams })),
  assetConfig.map((assetConfigParams) => ({ type: TransactionType.acfg, assetConfigParams })),
  assetFreeze.map((assetFreezeParams) => ({ type: TransactionType.afrz, assetFreezeParams })),
  keyRegistration.map((keyregParams) => ({ type: TransactionType.keyreg, keyregParams })),
  application.map((appCallParams) => ({ type: TransactionType.appl, appCallParams })),
  heartbeat.map((heartbeatParams) => ({ type: TransactionType.hb, heartbeatParams })),
)

const header = fc.record(
  {
    note: fc.oneof({ weight: 9, arbitrary: bytes(0, 64) }, { weight: 1, arbitrary: bytes(0, 1_024) }),
    lease: filled(32),
    rekeyTo: address,
  },
  { requiredKeys: ['note'] },
)

const suggestedParams = fc
  .record({
    fee: uint64,
    firstValid: uint64.filter((round) => round <= largest - 1_000n),
    life: fc.bigInt({ min: 0n, max: 1_000n }),
    named: fc.boolean(),
  })
  .map(({ fee, firstValid, life, named }) => {
    const { genesisID, ...unnamed } = params
    return { ...unnamed, fee, firstValid, lastValid: firstValid + life, ...(named && { genesisID }) }
  })

export const drafts: fc.Arbitrary<Draft> = fc
  .record({ fields: typed, header, suggestedParams })
  .map(({ fields, header: common, suggestedParams: suggested }) => ({
    ...fields,
    ...common,
    suggestedParams: suggested,
  }))

export function transactionOf(draft: Draft, sender: Address): Transaction {
  return new Transaction({ ...draft, sender })
}
