/** An emulator with the `aws-ssm` back-end and clients beside it, and keys in the layout that teams have, for the tests in this folder. */
import { randomBytes } from 'node:crypto'
import { KMSClient, ListResourceTagsCommand } from '@aws-sdk/client-kms'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { KeyPlace, NewKey } from '../../../src/core/backend.ts'
import type { KeyRef, PublicKey } from '../../../src/core/key.ts'
import { clearedFor, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { startSsm, words } from './local.ts'

export const addressOf = ({ bytes }: Pick<PublicKey, 'bytes'>) =>
  `ADDRESS${Buffer.from(bytes).toString('hex').toUpperCase()}`

export function newPlace(): KeyPlace {
  const name = `confio-testnet-${randomBytes(4).toString('hex')}`
  const labels = (publicKey: PublicKey) => ({ address: addressOf(publicKey), network: 'testnet', project: 'confio' })
  return { name, path: `/confio/algorand/${name}/private-key`, labels }
}

export const request = (place = newPlace(), id = newKeyId()) => ({ id, algorithm: 'ed25519', place, words }) as const

export const hex = (seed: Uint8Array) => ({ format: 'hex', hex: new Secret(utf8(toHex(seed))) }) as const

/** What the record says of a key, as text. */
export function recorded({ data }: Pick<NewKey, 'data'>, name: 'arn' | 'path'): string {
  const value = data[name]
  if (typeof value === 'string') return value
  throw new Error(`the record says no ${name}`)
}

/** Started before all tests of the file that calls it, and closed after them. */
export function parameterStore() {
  const store = new ParameterStore()
  beforeAll(() => store.start())
  afterEach(() => store.clear())
  afterAll(() => store.close())
  return store
}

type Backend = Awaited<ReturnType<typeof startSsm>>['backend']

class ParameterStore {
  #running:
    | { readonly aws: Awaited<ReturnType<typeof startSsm>>; readonly kms: KMSClient; readonly ssm: SSMClient }
    | undefined

  async start(): Promise<void> {
    const aws = await startSsm()
    const client = { endpoint: aws.emulator.url, region: aws.emulator.region }
    this.#running = { aws, kms: new KMSClient(client), ssm: new SSMClient(client) }
  }

  get #parts() {
    if (this.#running === undefined) throw new Error('only in a test')
    return this.#running
  }

  get aws() {
    return this.#parts.aws
  }

  get emulator() {
    return this.#parts.aws.emulator
  }

  get backend(): Backend {
    return this.#parts.aws.backend
  }

  get kms(): KMSClient {
    return this.#parts.kms
  }

  clear(): void {
    this.emulator.faults.clear()
    this.emulator.clearCalls()
  }

  async close(): Promise<void> {
    this.kms.destroy()
    this.#parts.ssm.destroy()
    await this.aws.close()
  }

  calls(operation: string) {
    return this.emulator.calls.filter((call) => call.operation === operation)
  }

  sign(ref: KeyRef, message = randomBytes(40), backend = this.backend) {
    return backend.sign(ref, clearedFor(ref, message), soon())
  }

  async makeKey(place = newPlace()): Promise<{ readonly ref: KeyRef; readonly made: NewKey }> {
    const asked = request(place)
    const made = await this.backend.create(asked, soon())
    return { ref: refOf(asked.id, made), made }
  }

  async valueOf(path: string): Promise<string> {
    const { Parameter } = await this.#parts.ssm.send(new GetParameterCommand({ Name: path, WithDecryption: true }))
    if (Parameter?.Type !== 'SecureString') throw new Error(`${path} is a ${Parameter?.Type}`)
    return Parameter?.Value ?? ''
  }

  async overwrite(path: string, Value: string): Promise<void> {
    await this.#parts.ssm.send(new PutParameterCommand({ Name: path, Value, Overwrite: true }))
  }

  async writePlainly(Name: string, Value: string): Promise<void> {
    await this.#parts.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }))
  }

  async tagsOf(KeyId: string): Promise<Record<string, string>> {
    const { Tags } = await this.kms.send(new ListResourceTagsCommand({ KeyId }))
    return Object.fromEntries((Tags ?? []).map(({ TagKey, TagValue }) => [TagKey ?? '', TagValue ?? '']))
  }
}
