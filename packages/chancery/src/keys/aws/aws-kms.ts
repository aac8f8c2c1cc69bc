/** The `aws-kms` key back-end: the secret never leaves AWS KMS; what is pinned of it is in the key's record. */
import type { Deadline } from '../../base/deadline.ts'
import type {
  KeyBackend,
  KeyCreator,
  KeyEnroller,
  KeyKeeper,
  KeyProber,
  KeyWatcher,
  NewKey,
  OrphanFinder,
} from '../../core/backend.ts'
import { connect, type ConnectionOptions } from './connection.ts'
import { create, type Creator, type Made } from './create.ts'
import { heardOn, makingOn } from './heard.ts'
import { fetchPublicKey } from './describe.ts'
import { enrol, type EnrolRequest, enrolUnowned } from './enrol.ts'
import { inspect, type Watch } from './inspect.ts'
import { cancelDeletion, disable, enable, requireDeletable, requireEnding, scheduleDeletion } from './keep.ts'
import { findOrphans } from './orphans.ts'
import { describePinned, pinnedOf } from './pinned.ts'
import { probe, sign } from './sign.ts'
import { algorithms, keySpecOf, specOf } from './specs.ts'

export interface AwsKmsOptions extends ConnectionOptions {
  /** The installation's id, which the owner tag must hold. */
  readonly installation: string
  /** Makes keys that can be replicated to other regions. Absent: keys that never leave theirs. */
  readonly multiRegion?: boolean
}

export interface AwsKmsBackend
  extends KeyBackend, KeyCreator, KeyEnroller, KeyKeeper, KeyProber, KeyWatcher, OrphanFinder {
  /**
   * Takes a key into use without its owner tag, for the compatible routes alone (safety rule 13): asks for
   * `kms:GetPublicKey` and nothing else. Whoever calls it restricts the key to bare digests.
   */
  enrolUnowned(request: EnrolRequest, deadline: Deadline): Promise<NewKey>
}

/** Loads the SDK; asks AWS nothing yet. */
export async function createAwsKms(options: AwsKmsOptions): Promise<AwsKmsBackend> {
  const { installation, multiRegion } = options
  const connection = await connect(options)
  const { clock } = connection
  const begun = { at: clock.now(), monotonic: clock.monotonic() }
  const shared = { doubtful: new Map<string, number>(), made: new Map<string, Made>(), begun }
  const creator: Creator = { connection, installation, multiRegion: multiRegion ?? false, ...shared }
  const watch: Watch = { connection, installation, firstSeen: new Map(), firstTagged: new Map() }
  return {
    name: 'aws-kms',
    algorithms,
    publicKey: async (ref, deadline) => {
      const { arn } = pinnedOf(ref, connection.region)
      return (await fetchPublicKey(connection, arn, specOf(ref.algorithm), deadline)).publicKey
    },
    sign: (ref, cleared, deadline) => sign(connection, ref, cleared, deadline),
    create: (request, deadline) =>
      create({ ...creator, connection: makingOn(connection, request.heard) }, request, deadline),
    enrol: (request, deadline) => enrol(heardOn(connection, request.heard), installation, request, deadline),
    enrolUnowned: (request, deadline) => enrolUnowned(connection, request, deadline),
    enable: (ref, deadline, heard) => enable(heardOn(connection, heard), ref, deadline),
    disable: (ref, deadline, heard) => disable(heardOn(connection, heard), ref, deadline),
    scheduleDeletion: (ref, days, deadline, heard) => scheduleDeletion(heardOn(connection, heard), ref, days, deadline),
    requireDeletable: (ref, deadline) => requireDeletable(connection, ref, deadline),
    requireEnding: (ref, now, deadline) => requireEnding(connection, ref, now, deadline),
    cancelDeletion: (ref, deadline, heard) => cancelDeletion(heardOn(connection, heard), ref, deadline),
    probe: (ref, deadline) => probe(connection, ref, deadline),
    inspect: (ref, recorded, deadline) => inspect(watch, ref, recorded, deadline),
    orphans: (recorded, deadline) => findOrphans({ connection, installation }, recorded, deadline),
    isEmulated: (data) => data['emulator'] === true,
    describe: describePinned,
    keySpec: keySpecOf,
    close: async () => connection.close(),
  }
}
