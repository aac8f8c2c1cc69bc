import { createHash, createPublicKey, verify } from 'node:crypto'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  type KMSClient,
  ListKeysCommand,
  SignCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms'
import { describe, expect, it, vi } from 'vitest'
import type { FaultRule, RunningEmulator } from '../src/index.ts'
import { kmsClient, refusal, start, until } from './clients.ts'

interface Bench {
  readonly emulator: RunningEmulator
  readonly client: KMSClient
  readonly KeyId: string
  sign(message?: string): Promise<Buffer>
  verifies(signature: Buffer, message?: string): Promise<boolean>
}

async function bench(seed?: string): Promise<Bench> {
  const emulator = await start(seed === undefined ? {} : { seed })
  const client = kmsClient(emulator)
  const KeyId = await newKey(client)
  const SigningAlgorithm = 'ECDSA_SHA_256'
  return {
    emulator,
    client,
    KeyId,
    sign: async (message = 'm') => {
      const { Signature } = await client.send(
        new SignCommand({ KeyId, Message: Buffer.from(message), SigningAlgorithm }),
      )
      return Buffer.from(Signature ?? [])
    },
    verifies: async (signature, message = 'm') => {
      const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }))
      const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
      return verify('sha256', Buffer.from(message), key, signature)
    },
  }
}

async function newKey(client: KMSClient): Promise<string> {
  const input = { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' } as const
  return (await client.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? ''
}

describe('answers instead of the operation', () => {
  it.each<[FaultRule, string, number]>([
    [{ kind: 'throttle' }, 'ThrottlingException', 400],
    [{ kind: 'internal-error' }, 'KMSInternalException', 500],
    [{ kind: 'dependency-timeout' }, 'DependencyTimeoutException', 503],
    [{ kind: 'key-unavailable' }, 'KeyUnavailableException', 500],
    [{ kind: 'error', code: 'LimitExceededException', message: 'full', status: 400 }, 'LimitExceededException', 400],
    [{ kind: 'deny' }, 'AccessDeniedException', 400],
  ])('%o', async (rule, name, status) => {
    const { emulator, sign, verifies } = await bench()
    emulator.faults.add({ ...rule, operation: 'Sign', count: 1 })
    expect(await refusal(sign())).toMatchObject({ name, status })
    expect(emulator.calls.at(-1)).toMatchObject({ result: name, faults: [rule.kind] })
    expect(await verifies(await sign())).toBe(true)
  })

  it('says it in AWS words, which the SDK retries', async () => {
    const { emulator, sign, KeyId } = await bench()
    emulator.faults.add({ kind: 'throttle', count: 1 })
    expect((await refusal(sign())).message).toMatch(/^You have exceeded the rate at which you may call KMS\./)
    emulator.faults.add({ kind: 'internal-error', count: 1 })
    const Message = Buffer.from('m')
    const patient = kmsClient(emulator, { maxAttempts: 3 })
    await patient.send(new SignCommand({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }))
    expect(emulator.calls.slice(-2).map((call) => call.result)).toEqual(['KMSInternalException', 'ok'])
  })
})

describe('the connection', () => {
  it('waits as long as latency says', async () => {
    const { emulator, sign } = await bench()
    emulator.faults.add({ kind: 'latency', ms: 80, operation: 'Sign' })
    const before = performance.now()
    await sign()
    expect(performance.now() - before).toBeGreaterThanOrEqual(78)
  })

  it('hangs after the signature was made, and ends with the emulator', async () => {
    const { emulator, sign } = await bench()
    emulator.faults.add({ kind: 'hang', operation: 'Sign' })
    const hanging = refusal(sign())
    await until(() => emulator.calls.at(-1)?.operation === 'Sign')
    expect(emulator.calls.at(-1)?.signature).toBeDefined()
    await emulator.close()
    expect((await hanging).message).toMatch(/socket hang up|ECONNRESET|aborted/)
  })

  it('hangs before anything was done when told to', async () => {
    const { emulator, sign } = await bench()
    emulator.faults.add({ kind: 'hang', operation: 'Sign', stage: 'before' })
    const hanging = refusal(sign())
    await until(() => emulator.calls.at(-1)?.operation === 'Sign')
    expect(emulator.calls.at(-1)).toMatchObject({ result: 'interrupted', signature: undefined })
    await emulator.close()
    await hanging
  })

  it.each([
    ['after', true],
    ['before', false],
  ] as const)('is reset %s the operation', async (stage, signed) => {
    const { emulator, sign } = await bench()
    emulator.faults.add({ kind: 'reset', operation: 'Sign', stage, count: 1 })
    expect((await refusal(sign())).message).toMatch(/ECONNRESET|aborted|socket hang up/)
    expect(emulator.calls.at(-1)?.signature !== undefined).toBe(signed)
    await sign()
  })

  it('brings half a body', async () => {
    const { emulator, sign } = await bench()
    emulator.faults.add({ kind: 'truncate', operation: 'Sign', count: 1 })
    expect((await refusal(sign())).name).toBe('SyntaxError')
    await sign()
  })
})

describe('a wrong answer', () => {
  it('carries a signature of another key', async () => {
    const { emulator, sign, verifies } = await bench()
    emulator.faults.add({ kind: 'other-key', count: 1, operation: 'Sign' })
    expect(await verifies(await sign())).toBe(false)
    expect(await verifies(await sign())).toBe(true)
  })

  it('has a flipped bit', async () => {
    const { emulator, sign, verifies } = await bench()
    emulator.faults.add({ kind: 'flip-bit', count: 1, operation: 'Sign' })
    const spoiled = await sign()
    const made = Buffer.from(emulator.calls.at(-1)?.signature ?? '', 'hex')
    const bits = made
      .map((byte, index) => byte ^ (spoiled[index] ?? 0))
      .reduce((sum, byte) => sum + byte.toString(2).split('1').length - 1, 0)
    expect(bits).toBe(1)
    expect(await verifies(await sign())).toBe(true)
  })

  it('repeats the previous one', async () => {
    const { emulator, sign } = await bench()
    const first = await sign('one')
    emulator.faults.add({ kind: 'duplicate', operation: 'Sign', count: 1 })
    expect(await sign('two')).toEqual(first)
    expect(await sign('two')).not.toEqual(first)
  })

  it('names another key', async () => {
    const { emulator, client, KeyId } = await bench()
    emulator.faults.add({ kind: 'wrong-key-id', count: 1 })
    const answer = await client.send(new GetPublicKeyCommand({ KeyId }))
    expect(answer.KeyId).not.toBe(KeyId)
    expect(answer.KeyId).toMatch(/^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/)
  })

  it.each([59, 60, 66, 67, 68, 69, 70, 71, 72])('has a DER signature of %i bytes that verifies', async (length) => {
    const { emulator, sign, verifies } = await bench('lengths')
    emulator.faults.add({ kind: 'der-length', length, operation: 'Sign' })
    const signature = await sign()
    expect(signature).toHaveLength(length)
    expect(await verifies(signature)).toBe(true)
  })
})

describe('delayed visibility', () => {
  const describeKey = (client: KMSClient, KeyId: string) => client.send(new DescribeKeyCommand({ KeyId }))

  it('hides a new key for a number of calls', async () => {
    const { emulator, client } = await bench()
    emulator.faults.add({ kind: 'delayed-visibility', operation: 'CreateKey', calls: 2 })
    const KeyId = await newKey(client)
    for (let n = 0; n < 2; n++) {
      expect(await refusal(describeKey(client, KeyId))).toMatchObject({
        name: 'NotFoundException',
        message: `Key '${KeyId}' does not exist`,
      })
    }
    expect((await describeKey(client, KeyId)).KeyMetadata?.Arn).toBe(KeyId)
  })

  it('hides a new alias for a time', async () => {
    const { emulator, client, KeyId } = await bench()
    emulator.faults.add({ kind: 'delayed-visibility', operation: 'CreateAlias', ms: 60_000 })
    await client.send(new CreateAliasCommand({ AliasName: 'alias/late', TargetKeyId: KeyId }))
    expect((await refusal(describeKey(client, 'alias/late'))).name).toBe('NotFoundException')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    try {
      expect((await describeKey(client, 'alias/late')).KeyMetadata?.Arn).toBe(KeyId)
    } finally {
      vi.useRealTimers()
    }
  })

  it('leaves a re-pointed alias with its former key for a while', async () => {
    const { emulator, client, KeyId } = await bench()
    const next = await newKey(client)
    await client.send(new CreateAliasCommand({ AliasName: 'alias/moves', TargetKeyId: KeyId }))
    emulator.faults.add({ kind: 'delayed-visibility', operation: 'UpdateAlias', calls: 1 })
    await client.send(new UpdateAliasCommand({ AliasName: 'alias/moves', TargetKeyId: next }))
    expect((await describeKey(client, 'alias/moves')).KeyMetadata?.Arn).toBe(KeyId)
    expect((await describeKey(client, 'alias/moves')).KeyMetadata?.Arn).toBe(next)
  })
})

describe('which calls a fault touches', () => {
  it('only the operations and the key it names, by any name of the key', async () => {
    const { emulator, client, KeyId, sign } = await bench()
    const other = await newKey(client)
    await client.send(new CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: KeyId }))
    emulator.faults.add({ kind: 'throttle', operation: ['Sign', 'GetPublicKey'], key: KeyId })
    await client.send(new ListKeysCommand({}))
    await client.send(new GetPublicKeyCommand({ KeyId: other }))
    expect((await refusal(sign())).name).toBe('ThrottlingException')
    const byAlias = client.send(new GetPublicKeyCommand({ KeyId: 'alias/a' }))
    expect((await refusal(byAlias)).name).toBe('ThrottlingException')
    const byId = client.send(new GetPublicKeyCommand({ KeyId: KeyId.split('/')[1] }))
    expect((await refusal(byId)).name).toBe('ThrottlingException')
  })

  it('skips, counts and ends', async () => {
    const { emulator, sign } = await bench()
    const id = emulator.faults.add({ kind: 'throttle', operation: 'Sign', skip: 1, count: 2 })
    const results: string[] = []
    for (let n = 0; n < 5; n++)
      results.push(
        await sign().then(
          () => 'ok',
          (error: Error) => error.name,
        ),
      )
    expect(results).toEqual(['ok', 'ThrottlingException', 'ThrottlingException', 'ok', 'ok'])
    expect(emulator.faults.list()).toMatchObject([{ id, fired: 2 }])
    expect(emulator.faults.remove(id)).toBe(true)
    expect(emulator.faults.list()).toEqual([])
  })

  it('a share of them, the same ones for the same seed', async () => {
    const run = async () => {
      const { emulator, sign } = await bench('share')
      emulator.faults.add({ kind: 'throttle', operation: 'Sign', probability: 0.5 })
      const results: boolean[] = []
      for (let n = 0; n < 30; n++)
        results.push(
          await sign().then(
            () => true,
            () => false,
          ),
        )
      return results
    }
    const [first, second] = [await run(), await run()]
    expect(first).toEqual(second)
    expect(first.filter(Boolean).length).toBeGreaterThan(5)
    expect(first.filter(Boolean).length).toBeLessThan(25)
  })
})

it('repeats keys and signatures for a seed, and not without one', async () => {
  const run = async (seed?: string) => {
    const { KeyId, sign } = await bench(seed)
    return [
      KeyId,
      createHash('sha256')
        .update(await sign())
        .update(await sign())
        .digest('hex'),
    ]
  }
  expect(await run('a')).toEqual(await run('a'))
  expect(await run('a')).not.toEqual(await run('b'))
  expect(await run()).not.toEqual(await run())
})
