/** What an import of a record would come to, and what to do about it: nothing is recorded, and no key signs. */
import type { Call } from '../../core/call.ts'
import { Failed, Refused, type Code } from '../../core/errors.ts'
import type { PublicKey } from '../../core/key.ts'
import type { ImportedWallet, ImportPlan, ImportStep } from '../../core/wallets.ts'
import { enrolment, formFor, keyHere, publicKeyIn, readRecord, standingFor, type ReadRecord } from '../import.ts'
import { refuseOtherMeaning } from '../meaning.ts'
import { refuseProviderTaken } from '../provider.ts'
import type { WalletRooms } from '../rooms.ts'

/** @throws what says nothing of the record: a caller without the right, a store that does not answer */
export async function planImport(rooms: WalletRooms, record: ImportedWallet, call: Call): Promise<ImportPlan> {
  rooms.requirePermit(call.principal, 'admin', {})
  try {
    const read = readRecord(rooms, record)
    const standing = await standingFor(rooms, record, read, call)
    if (standing !== undefined) return { step: 'none', wallet: standing.id }
    await refuseTaken(rooms, read, call)
    await refuseProviderTaken(rooms, record.providerId, call)
    await refuseOtherMeaning(rooms, read.place, call.deadline)
    const publicKey = await keyOf(rooms, record, read, call)
    return { step: 'import', form: formFor(rooms, read.place, read.address, publicKey).name }
  } catch (error) {
    if (error instanceof NoKey) return { step: stepFor(error.problem), problem: error.problem }
    if (error instanceof Refused) return { step: 'mend', problem: error }
    throw error
  }
}

async function refuseTaken({ store }: WalletRooms, { place, address }: ReadRecord, { deadline }: Call): Promise<void> {
  const other = await store.walletAt(place.network, address, deadline)
  if (other === undefined) return
  throw new Refused('already-exists', `The wallet ${other.id} has this address`, { where: 'address', got: address })
}

async function keyOf(
  rooms: WalletRooms,
  { kmsKeyId }: ImportedWallet,
  { place }: ReadRecord,
  call: Call,
): Promise<PublicKey> {
  const here = keyHere(rooms, kmsKeyId)
  if (here !== undefined) return publicKeyIn(here)
  return rooms.keyring.previewEnrol(enrolment(place, kmsKeyId), call).catch((error: unknown) => {
    throw error instanceof Refused || error instanceof Failed ? new NoKey(error) : error
  })
}

/** The key is what stands in the way, not the record. */
class NoKey extends Error {
  readonly problem: Refused | Failed
  constructor(problem: Refused | Failed) {
    super(problem.message)
    this.problem = problem
  }
}

/** Money is moved away from a key only where it is told that the key cannot come: what is not understood is asked again. */
const steps: Readonly<Partial<Record<Code, ImportStep>>> = {
  denied: 'tag',
  'key-state': 'reach',
  'backend-denied': 'reach',
  'not-configured': 'reach',
  'backend-unavailable': 'retry',
  'backend-throttled': 'retry',
  'deadline-exceeded': 'retry',
  'already-exists': 'mend',
  'not-found': 'mend',
  // Of another kind, region or service: its secret cannot be brought here.
  'invalid-request': 'sweep',
  'not-supported': 'sweep',
}

/** A back-end that is not configured says nothing of the key. */
function stepFor({ code, particulars }: Refused | Failed): ImportStep {
  return particulars.where === 'backend' ? 'reach' : (steps[code] ?? 'retry')
}
