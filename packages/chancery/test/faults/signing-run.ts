/** A house with a KMS key and a sealed one, whose every answer and every Sign is logged for the invariants program. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { sha256, toHex, utf8 } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Principal } from '../../src/core/access.ts'
import type { WindowClaim } from '../../src/core/claim.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { dayOf } from '../../src/core/period.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { client, network, openHouse, payingKey, payment, signer } from '../integration/house.ts'
import type { TestHouse, TestParts } from '../integration/house.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { recordTo, type WriteLine } from './client-recorder.ts'
import { checkFiles, type Files, type Verdict } from './invariants/check.ts'
import { releasedTransaction } from './released-transaction.ts'

export interface SigningRun {
  readonly emulator: RunningEmulator
  house: TestHouse
  readonly keys: { readonly kms: KeyRecord; readonly sealed: KeyRecord }
  readonly app: Principal
  readonly stranger: Principal
  readonly files: Files
  /** Signs a payment and logs what came of it. Gives the code of a failure, or undefined. */
  sign(key: KeyRecord, nonce: number, more?: Asked): Promise<string | undefined>
  /** Closes the house and opens it again on the same folder. */
  restart(parts?: TestParts): Promise<void>
  close(): Promise<void>
  check(more?: Partial<Files>): Verdict
}

export interface Asked {
  readonly value?: string
  readonly by?: Principal
  readonly idempotency?: string
  /** What it counts against; absent for a day's window of its key. */
  readonly windows?: readonly WindowClaim[]
}

export async function startRun(folder: string, parts: TestParts = {}): Promise<SigningRun> {
  const files = {
    clients: [join(folder, 'clients.jsonl')],
    backends: [join(folder, 'emulator.jsonl')],
    store: join(folder, 'data', 'store.sqlite'),
    witness: join(folder, 'witness'),
  }
  for (const path of [...files.clients, ...files.backends]) writeFileSync(path, '')
  const emulator = await startEmulator({ seed: folder, logFile: files.backends[0] ?? '' })
  useCredentials(emulator.credentials)
  const open = async (more: TestParts) =>
    openHouse({ folder, extraBackends: [await kmsOf(emulator)], ...parts, ...more })
  const house = await open({})
  const keys = { kms: await payingKey(house, {}, 'aws-kms'), sealed: await payingKey(house) }
  const app = await client(house, [...signer(keys.kms), ...signer(keys.sealed)])
  const stranger = await client(house, [], 'stranger')
  const write = recordTo(files.clients[0] ?? '')
  const run: SigningRun = {
    emulator,
    house,
    keys,
    app,
    stranger,
    files,
    sign: (key, nonce, asked = {}) => signAndLog(run, write, key, nonce, asked),
    restart: async (more = {}) => {
      await run.house.close()
      run.house = await open(more)
    },
    close: async () => {
      await run.house.close()
      await emulator.close()
    },
    check: (more = {}) => checkFiles({ ...files, ...more }),
  }
  return run
}

const kmsOf = (emulator: RunningEmulator) =>
  createAwsKms({ region: emulator.region, endpoint: emulator.url, installation: 'ins_test', clock: systemClock })

/** A payment counts in a day's window of its key. */
function spending(key: KeyRecord, nonce: number, value: string): WindowClaim {
  const [period, root] = [dayOf(systemClock.now()), toHex(sha256(utf8(`${nonce} ${value}`)))]
  return { kind: 'window', scope: `spending of ${key.id}`, period, root, amount: BigInt(value), limit: 1_000_000n }
}

async function signAndLog(
  { house, app }: SigningRun,
  write: WriteLine,
  key: KeyRecord,
  nonce: number,
  { value = '5', by = app, idempotency, windows = [spending(key, nonce, value)] }: Asked,
): Promise<string | undefined> {
  const bodyHash = `0x${Buffer.from(`${nonce} ${value}`).toString('hex').padEnd(64, '0')}` as const
  const request = { key: key.id, operation: 'sign:transaction', network, value: payment(nonce, value) } as const
  const named = idempotency === undefined ? {} : { idempotency: { route: 'sign', key: idempotency, bodyHash } }
  const line = {
    client: by.client,
    route: 'sign',
    granted: by.grants.some(({ keys }) => keys.includes(key.id)),
    key: String(key.address),
    network,
    ...(idempotency !== undefined && { idempotency }),
  } as const
  try {
    const { signed } = await house.signing.sign({ ...request, ...named, windows }, house.as(by))
    write({ ...line, ...releasedTransaction(signed.result['raw']) })
    return undefined
  } catch (error) {
    if (!(error instanceof Failed || error instanceof Refused)) throw error
    write({ ...line, nonce: String(nonce), code: error.code })
    return error.code
  }
}
