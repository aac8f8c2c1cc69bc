/** A process that makes one wallet in a folder that outlives it, with the AWS it asks, and its death at a given step. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { KeyBackend } from '../../src/core/backend.ts'
import type { Call } from '../../src/core/call.ts'
import { createAwsDataKey } from '../../src/keys/aws/aws-data-key.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import type { Credentials } from '../../src/keys/aws/client.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { openHouse, openSealed, type TestHouse } from '../integration/house.ts'
import { dying, type Dying } from '../relay/dying-store.ts'

export const network = 'bip122:000000000933ea01ad0ee984209779ba'

export type Tier = 'native' | 'datakey' | 'hd' | 'sealed'
/** A round of the store, a question to a key back-end, or a request to AWS. */
export type Step = 'round' | 'question' | 'request'
export type When = 'before' | 'after'

/** What outlives the processes. */
export interface World {
  readonly tier: Tier
  readonly folder: string
  readonly emulator: RunningEmulator
  /** Of the symmetric key that wraps data key pairs. */
  readonly dataKey: string
  readonly clock: Clock
  pass(milliseconds: number): void
  /** How many files with a ciphertext there are. */
  copies(): Promise<number>
  close(): Promise<void>
}

export async function openWorld(tier: Tier): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-creation-'))
  const emulator = await startEmulator()
  let ahead = 0
  const clock = { now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead }
  return {
    tier,
    folder,
    emulator,
    dataKey: await symmetricKey(emulator),
    clock,
    pass: (milliseconds) => void (ahead += milliseconds),
    copies: async () => (await readdir(join(folder, 'copies'))).length,
    close: async () => {
      await emulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function symmetricKey({ url: endpoint, region, credentials }: RunningEmulator): Promise<string> {
  const kms = new KMSClient({ endpoint, region, credentials })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  kms.destroy()
  return KeyMetadata?.Arn ?? ''
}

export interface Life {
  readonly house: TestHouse
  readonly process: Dying
  call(): Call
  /** Ends the process as well, where it lives: nothing of it reaches its store or AWS from here on. */
  end(): Promise<void>
}

export async function begin(world: World): Promise<Life> {
  const { folder, clock, emulator } = world
  const process = dying(await openSqlite({ path: join(folder, 'store.sqlite'), clock, onFatal: () => {} }))
  const who = { accessKeyId: `AKIA${randomBytes(8).toString('hex')}`, secretAccessKey: randomBytes(20).toString('hex') }
  emulator.setIdentity(who)
  const backends = async (installation: string) => [process.backend(await backendOf(world, installation, who))]
  const chains = [createBitcoin({ networks: [{ network }] })]
  const house = await openHouse({ folder, clock, chains, store: process.store, backends })
  return {
    house,
    process,
    call: () => ({ ...house.operator(), deadline: deadlineIn(30_000, clock) }),
    end: async () => {
      process.die()
      emulator.setIdentity({ ...who, policy: nothing })
      // What was still to be recorded is lost with it: it is given no time for that.
      await house.writer.close(deadlineIn(0, clock))
      await house.close()
      await Promise.all(house.backends.map((backend) => backend.close()))
    },
  }
}

const nothing = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] } as const

function backendOf(world: World, installation: string, who: Credentials): Promise<KeyBackend> {
  const { tier, folder, clock, dataKey } = world
  const { region, url: endpoint } = world.emulator
  const aws = { region, endpoint, installation, clock, credentials: async () => who }
  if (tier === 'native') return createAwsKms(aws)
  if (tier === 'datakey') return createAwsDataKey({ ...aws, key: dataKey, copies: join(folder, 'copies') })
  return openSealed(clock)
}
