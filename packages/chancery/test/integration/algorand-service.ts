/** The service with the emulator as its AWS, and Algorand keys of it whose secrets the test knows. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Address, generateAccount } from 'algosdk'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import type { Client, Key, Rules } from '../../../client/src/index.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { openService, type TestService } from './service.ts'

/** The testnet: an emulator's keys never serve a network where money is real. */
export const network = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'

/** A key of the service beside what algosdk signs with in its place. */
export interface KnownKey {
  readonly key: Key
  readonly address: Address
  readonly sk: Uint8Array
}

export interface AlgorandService {
  readonly service: TestService
  readonly emulator: RunningEmulator
  /** Made in AWS KMS. */
  readonly native: KnownKey
  /** Imported into Parameter Store. */
  readonly ssm: KnownKey
  /** In the place of the rules there are. */
  allow(key: Key, rules: Partial<Rules>): Promise<void>
  /** A client that may have these keys sign transactions. */
  newClient(...keys: readonly Key[]): Promise<Client>
  end(): Promise<void>
}

/** `more`: networks besides the testnet, where no money is real either. */
export async function openAlgorand(more: readonly string[] = []): Promise<AlgorandService> {
  const stateFile = join(tmpdir(), `chancery-emulator-${randomUUID()}.json`)
  const emulator = await startEmulator({ stateFile })
  useCredentials(emulator.credentials)
  const aws = { region: emulator.region, endpoint: emulator.url }
  const backends = ['sealed', 'aws-kms', 'aws-ssm']
  const others = more.map((id) => ({ id, main: false }))
  const service = await openService({ configuration: { networks: [{ id: network }, ...others], aws, backends } })
  const { operator } = service
  return {
    service,
    emulator,
    native: await nativeKey(operator, stateFile),
    ssm: await importedKey(operator),
    async allow({ id }, rules) {
      const { version } = await operator.rules.get(id)
      await operator.rules.put(id, { operations: ['sign:transaction'], networks: [network], ...rules }, version)
    },
    async newClient(...keys) {
      const grant = { operations: ['sign:transaction', 'keys:read'], networks: '*' } as const
      const { secret } = await operator.clients.create({
        name: `app-${randomUUID().slice(0, 8)}`,
        grants: [{ ...grant, keys: keys.map(({ id }) => id) }],
      })
      return service.client(secret)
    },
    async end() {
      await service.end()
      await emulator.close()
      await rm(stateFile)
    },
  }
}

const wanted = (backend: string) =>
  ({
    backend,
    family: 'algorand',
    kind: 'decoded',
    network,
    alias: backend,
    place: { project: 'confio', name: `confio-testnet-${backend}` },
  }) as const

async function importedKey(operator: Client): Promise<KnownKey> {
  const { addr: address, sk } = generateAccount()
  const secret = { format: 'hex', hex: toHex(sk.subarray(0, 32)) } as const
  const key = await operator.keys.import({ ...wanted('aws-ssm'), secret, expectAddress: address.toString() })
  return { key, address, sk }
}

async function nativeKey(operator: Client, stateFile: string): Promise<KnownKey> {
  const key = await operator.keys.create(wanted('aws-kms'))
  const publicKey = fromHex(key.publicKey)
  const seed = seedIn(await readFile(stateFile, 'utf8'), publicKey)
  return { key, address: new Address(publicKey), sk: Buffer.concat([seed, publicKey]) }
}

/** What AWS would never show, the emulator keeps: PKCS #8, whose last 32 bytes are the seed (RFC 8410). */
function seedIn(state: string, publicKey: Uint8Array): Uint8Array {
  const secrets = [...state.matchAll(/"secret":"([A-Za-z0-9+/=]+)"/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64'),
  )
  const found = secrets.find(
    (der) => der.length === 48 && publicKeyOf(der) === Buffer.from(publicKey).toString('base64url'),
  )
  if (found === undefined) throw new Error('the emulator keeps no such key')
  return found.subarray(-32)
}

function publicKeyOf(der: Buffer): string | undefined {
  return createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({ format: 'jwk' }).x
}
