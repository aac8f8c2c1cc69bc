// Keys in Parameter Store: the layout teams have, nothing overwritten, one decryption per batch, the pinned key or none.
import { randomBytes } from 'node:crypto'
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { mnemonicFromSeed } from 'algosdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../../../src/base/bytes.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { KeyPlace, NewKey } from '../../../src/core/backend.ts'
import { Failed, Refused } from '../../../src/core/errors.ts'
import type { KeyRef, PublicKey } from '../../../src/core/key.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { publicKeyOf } from '../../../src/curves/ed25519/sign.ts'
import type { AwsSsmBackend } from '../../../src/keys/aws/aws-ssm.ts'
import { openBackup } from '../../../src/signers/backup.ts'
import { generateEnvelopeKeys } from '../../../src/signers/envelope.ts'
import { clearedFor, codeOf, errorOf, newKeyId, refOf, soon, spellings } from '../../contract/key-backend.ts'
import { installation } from './emulator.ts'
import { startSsm, words } from './local.ts'

let aws: Awaited<ReturnType<typeof startSsm>>
let kms: KMSClient
let ssm: SSMClient
const opened: AwsSsmBackend[] = []

beforeAll(async () => {
  aws = await startSsm()
  const client = { endpoint: aws.emulator.url, region: aws.emulator.region }
  kms = new KMSClient(client)
  ssm = new SSMClient(client)
})
afterEach(async () => {
  aws.emulator.faults.clear()
  aws.emulator.clearCalls()
  await Promise.all(opened.splice(0).map((one) => one.close()))
})
afterAll(async () => {
  kms.destroy()
  ssm.destroy()
  await aws.close()
})

const addressOf = ({ bytes }: Pick<PublicKey, 'bytes'>) => `ADDRESS${Buffer.from(bytes).toString('hex').toUpperCase()}`

function newPlace(): KeyPlace {
  const name = `confio-testnet-${randomBytes(4).toString('hex')}`
  const labels = (publicKey: PublicKey) => ({ address: addressOf(publicKey), network: 'testnet', project: 'confio' })
  return { name, path: `/confio/algorand/${name}/private-key`, labels }
}

const request = (place = newPlace(), id = newKeyId()) => ({ id, algorithm: 'ed25519', place, words }) as const
const calls = (operation: string) => aws.emulator.calls.filter((call) => call.operation === operation)
const sign = (ref: KeyRef, message = randomBytes(40), backend = aws.backend) =>
  backend.sign(ref, clearedFor(ref, message), soon())
const hex = (seed: Uint8Array) => ({ format: 'hex', hex: new Secret(utf8(toHex(seed))) }) as const

async function makeKey(place = newPlace()): Promise<{ readonly ref: KeyRef; readonly made: NewKey }> {
  const asked = request(place)
  const made = await aws.backend.create(asked, soon())
  return { ref: refOf(asked.id, made), made }
}

async function valueOf(path: string): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: path, WithDecryption: true }))
  expect(Parameter?.Type).toBe('SecureString')
  return Parameter?.Value ?? ''
}

async function overwrite(path: string, Value: string): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: path, Value, Overwrite: true }))
}

async function tagsOf(KeyId: string): Promise<Record<string, string>> {
  const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }))
  return Object.fromEntries((Tags ?? []).map(({ TagKey, TagValue }) => [TagKey, TagValue]))
}

describe('a new key in Parameter Store', () => {
  it('is an alias, its tags, and a versioned SecureString under that key', async () => {
    const place = newPlace()
    const { ref, made } = await makeKey(place)
    const arn = String(made.data['arn'])
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: `alias/${place.name}` }))
    expect(KeyMetadata).toMatchObject({ Arn: arn, KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' })
    const address = addressOf(made.publicKey)
    expect(await tagsOf(arn)).toEqual({
      address,
      network: 'testnet',
      project: 'confio',
      createdBy: 'chancery',
      'chancery:owner': installation,
      'chancery:key': ref.id,
    })
    expect(made.data).toEqual({
      arn,
      alias: `alias/${place.name}`,
      path: place.path,
      version: 1,
      format: 'v1',
      emulator: true,
    })
    const value: unknown = JSON.parse(await valueOf(place.path))
    expect(value).toEqual({ v: 1, alg: 'ed25519', key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/), address })
  })

  it('never replaces an alias or a parameter that is there', async () => {
    const place = newPlace()
    await makeKey(place)
    const before = await valueOf(place.path)
    aws.emulator.clearCalls()
    expect(await codeOf(aws.backend.create(request(place), soon()))).toBe('already-exists')
    expect(await codeOf(aws.backend.create(request({ ...newPlace(), path: place.path }), soon()))).toBe(
      'already-exists',
    )
    expect(await codeOf(aws.backend.import(request(place), hex(randomBytes(32)), soon()))).toBe('already-exists')
    expect([calls('CreateKey').length, calls('PutParameter').length]).toEqual([0, 0])
    expect(await valueOf(place.path)).toBe(before)
  })

  it.each(['CreateAlias', 'TagResource', 'PutParameter'])(
    'that was interrupted at %s is finished, once',
    async (operation) => {
      const asked = request(newPlace(), newId('key', Date.now() - 3_600_000))
      if (operation === 'TagResource') {
        aws.emulator.faults.add({ kind: 'deny', operation: 'PutParameter', count: 1 })
        expect(await codeOf(aws.backend.create(asked, soon()))).toBe('backend-denied')
      }
      aws.emulator.faults.add({ kind: 'deny', operation })
      expect(await codeOf(aws.backend.create(asked, soon()))).toBe('backend-denied')
      aws.emulator.faults.clear()
      const made = await aws.backend.create(asked, soon())
      const again = await aws.backend.create(asked, soon())
      expect(again.data).toEqual(made.data)
      expect(toHex(again.publicKey.bytes)).toBe(toHex(made.publicKey.bytes))
      expect((await tagsOf(String(made.data['arn'])))['address']).toBe(addressOf(made.publicKey))
      expect(calls('PutParameter').filter(({ result }) => result === 'ok')).toHaveLength(1)
    },
  )

  it('is stored once when the answer is lost', async () => {
    aws.emulator.faults.add({ kind: 'reset', stage: 'after', operation: 'PutParameter', count: 1 })
    const { ref, made } = await makeKey()
    expect(made.data['version']).toBe(1)
    expect((await sign(ref)).bytes).toHaveLength(64)
  })

  it('hands its words to the recipient of a backup, and to nobody else', async () => {
    const keys = generateEnvelopeKeys()
    const asked = { ...request(), backup: { words, recipient: keys.publicKey } }
    const made = await aws.backend.create(asked, soon())
    const text = Buffer.from(openBackup(keys, asked.id, 'ed25519', made.backup ?? new Uint8Array())).toString()
    const taken = { format: 'words', words: new Secret(utf8(text)) } as const
    const preview = await aws.backend.preview({ ...asked, id: newKeyId() }, taken, soon())
    expect(toHex(preview.bytes)).toBe(toHex(made.publicKey.bytes))
    expect(() => taken.words.use(toHex)).toThrow('wiped')
  })

  it('refuses names that AWS or this layout does not know', async () => {
    const bad = [{ name: 'aws/x' }, { name: 'a b' }, { path: 'relative' }, { path: '/aws/x' }, { path: '/a//b' }]
    for (const change of bad) {
      expect(await codeOf(aws.backend.create(request({ ...newPlace(), ...change }), soon()))).toBe('invalid-request')
    }
    expect(aws.emulator.calls).toEqual([])
  })
})

describe('an imported key', () => {
  it('is kept from its words, and signs', async () => {
    const seed = randomBytes(32)
    const asked = request()
    const secret = { format: 'words', words: new Secret(utf8(mnemonicFromSeed(seed))) } as const
    const made = await aws.backend.import(asked, secret, soon())
    expect(toHex(made.publicKey.bytes)).toBe(toHex(publicKeyOf(seed)))
    expect(await valueOf(asked.place.path)).toContain(Buffer.from(seed).toString('base64'))
    expect((await sign(refOf(asked.id, made))).bytes).toHaveLength(64)
    expect(aws.backend.processes()).toHaveLength(1)
  })

  it('asks AWS nothing for words that are wrong', async () => {
    const secret = { format: 'words', words: new Secret(utf8('abandon '.repeat(25))) } as const
    expect(await codeOf(aws.backend.import(request(), secret, soon()))).toBe('invalid-payload')
    expect(aws.emulator.calls).toEqual([])
  })
})

describe('an existing parameter', () => {
  const seed = Uint8Array.from(randomBytes(32))
  const long = concat(seed, publicKeyOf(seed))
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

  async function enrol(place: KeyPlace, name = `alias/${place.name}`) {
    const asked = { ...request(place), name }
    return refOf(asked.id, await aws.backend.enrol(asked, soon()))
  }

  async function existing(value: string): Promise<KeyPlace> {
    const place = { ...newPlace(), labels: () => ({}) }
    await aws.backend.import(request(place), hex(seed), soon())
    await overwrite(place.path, value)
    return place
  }

  it.each([
    ['v1', JSON.stringify({ v: 1, alg: 'ed25519', key: base64(seed) })],
    ['base64-seed', base64(seed)],
    ['base64-key', base64(long)],
    ['base64-key', `${base64(long).replace(/=+$/, '')}\n`],
    ['hex-seed', hexOf(seed)],
    ['hex-seed', `0x${hexOf(seed).toUpperCase()}`],
    ['hex-key', hexOf(long)],
    ['words', mnemonicFromSeed(seed)],
    ['words', mnemonicFromSeed(seed).replaceAll(' ', '\n').toUpperCase()],
  ])('is read as %s: %#', async (format, value) => {
    const ref = await enrol(await existing(value))
    expect(ref.data).toMatchObject({ format, version: 2 })
    const message = randomBytes(40)
    const signature = ed25519.normalise(await sign(ref, message), message, {
      algorithm: 'ed25519',
      bytes: publicKeyOf(seed),
    })
    expect(signature.bytes).toHaveLength(64)
  })

  it.each([
    ['half of it of another key', base64(concat(seed, publicKeyOf(randomBytes(32))))],
    ['31 bytes', base64(seed.subarray(1))],
    ['48 bytes', base64(randomBytes(48))],
    ['a later version', JSON.stringify({ v: 2, alg: 'ed25519', key: base64(seed) })],
    ['another algorithm', JSON.stringify({ v: 1, alg: 'secp256k1-ecdsa', key: base64(seed) })],
    ['an unknown member', JSON.stringify({ v: 1, alg: 'ed25519', key: base64(seed), note: 'x' })],
    ['words with a wrong checksum', mnemonicFromSeed(seed).replace(/\w+$/, 'zoo')],
    ['24 words', mnemonicFromSeed(seed).replace(/ \w+$/, '')],
    ['base64 with stray bits', `${base64(seed).slice(0, 42)}${base64(seed)[42] === 'B' ? 'D' : 'B'}=`],
    ['nothing of the kind', 'not a key'],
  ])('is not read with %s, and nothing of it is said', async (_, value) => {
    const place = await existing(value)
    const error = await errorOf(aws.backend.enrol({ ...request(place), name: `alias/${place.name}` }, soon()))
    expect(error).toMatchObject({ code: 'backend-failed' })
    const said = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n')
    for (const spelling of [...spellings(seed), value]) expect(said).not.toContain(spelling)
  })

  it('is found by alias, by bare name and by path', async () => {
    const place = await existing(base64(seed))
    const refs = [await enrol(place), await enrol(place, place.name), await enrol(place, place.path)]
    expect(new Set(refs.map(({ data }) => data['arn'])).size).toBe(1)
  })

  it('of nobody is refused, with the command that marks it', async () => {
    const place = await existing(base64(seed))
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: `alias/${place.name}` }))
    const Tags = [{ TagKey: 'chancery:owner', TagValue: 'ins_other' }]
    await kms.send(new TagResourceCommand({ KeyId: KeyMetadata?.Arn, Tags }))
    aws.emulator.clearCalls()
    const error = await errorOf(aws.backend.enrol({ ...request(place), name: `alias/${place.name}` }, soon()))
    expect(error).toMatchObject({
      code: 'denied',
      particulars: { hint: expect.stringContaining('aws kms tag-resource') },
    })
    expect(calls('GetParameter')).toEqual([])
  })

  it('whose address tag says another address is refused', async () => {
    const place = newPlace()
    const { made } = await makeKey(place)
    const Tags = [{ TagKey: 'address', TagValue: 'ADDRESSOFANOTHER' }]
    await kms.send(new TagResourceCommand({ KeyId: String(made.data['arn']), Tags }))
    const error = await errorOf(aws.backend.enrol({ ...request(place), name: `alias/${place.name}` }, soon()))
    expect(error).toMatchObject({ code: 'backend-failed', message: expect.stringContaining('ADDRESS MISMATCH') })
    expect(error.message).toContain('ADDRESSOFANOTHER')
  })

  it('of another region is refused', async () => {
    const name = 'arn:aws:kms:eu-west-1:000000000000:alias/x'
    expect(await codeOf(aws.backend.enrol({ ...request(), name }, soon()))).toBe('invalid-request')
    expect(aws.emulator.calls).toEqual([])
  })
})

describe('signing', () => {
  it('decrypts once for a batch, and again for the next one', async () => {
    const { ref } = await makeKey()
    aws.emulator.clearCalls()
    const batch = () => Promise.all(Array.from({ length: 16 }, () => sign(ref)))
    const signatures = await batch()
    expect(calls('GetParameter')).toHaveLength(1)
    // Each names the request behind it, as CloudTrail does.
    const [{ requestId } = {}] = calls('GetParameter')
    expect(new Set(signatures.map(({ evidence }) => evidence))).toEqual(new Set([requestId]))
    await batch()
    expect(calls('GetParameter')).toHaveLength(2)
  })

  it('keeps an opened key for the time that is configured, and gives it up when it is disabled', async () => {
    const { ref } = await makeKey()
    const caching = await aws.open({ cacheSeconds: 300 })
    opened.push(caching)
    aws.emulator.clearCalls()
    await sign(ref, undefined, caching)
    await sign(ref, undefined, caching)
    expect(calls('GetParameter')).toHaveLength(1)
    await caching.disable(ref, soon())
    expect(await codeOf(sign(ref, undefined, caching))).toBe('key-state')
  })

  it('stops hard when the parameter holds another key', async () => {
    const place = newPlace()
    const { ref } = await makeKey(place)
    await overwrite(place.path, Buffer.from(randomBytes(32)).toString('base64'))
    const error = await errorOf(sign(ref))
    expect(error).toMatchObject({
      code: 'backend-failed',
      message: expect.stringMatching(/ADDRESS MISMATCH.*\/confio\//),
    })
  })

  it('is not done any more when the clearance expired while AWS was decrypting', async () => {
    const { ref } = await makeKey()
    // Cleared 4.4 of its 5 seconds ago.
    const earlier: Clock = { now: Date.now, monotonic: () => systemClock.monotonic() - 4_400 }
    aws.emulator.faults.add({ kind: 'latency', ms: 900, operation: 'GetParameter' })
    const late = aws.backend.sign(ref, clearedFor(ref, randomBytes(40), [], earlier), soon())
    const error = await errorOf(late)
    expect(error).toMatchObject({ code: 'deadline-exceeded', message: expect.stringContaining('clearance expired') })
    expect(calls('GetParameter').at(-1)).toMatchObject({ result: 'ok' })
  })

  it('refuses another root for a claim it has signed for', async () => {
    const { ref } = await makeKey()
    const row = { kind: 'once', scope: 'x algorand:t', item: '0x07' } as const
    const signFor = (root: `0x${string}`) =>
      aws.backend.sign(ref, clearedFor(ref, randomBytes(32), [{ ...row, root }]), soon())
    await signFor('0x01')
    await signFor('0x01')
    expect(await codeOf(signFor('0x02'))).toBe('conflicts-with-earlier')
  })

  it('signs 4,097 bytes, which AWS KMS itself would not', async () => {
    const { ref } = await makeKey()
    const message = randomBytes(4_097)
    const publicKey = { algorithm: 'ed25519', bytes: ref.publicKey } as const
    expect(ed25519.normalise(await sign(ref, message), message, publicKey).bytes).toHaveLength(64)
  })

  it('says that the parameter is gone, and that a key was given up', async () => {
    const { ref } = await makeKey()
    await aws.backend.purge(ref, soon())
    await aws.backend.purge(ref, soon())
    const error = await errorOf(sign(ref))
    expect(error).toMatchObject({ code: 'key-state', message: expect.stringMatching(/has no parameter \/confio/) })
    expect(await codeOf(sign({ ...ref, data: {} }))).toBe('key-state')
  })

  it('does not use keys of another region', async () => {
    const { ref } = await makeKey()
    const arn = String(ref.data['arn']).replace(aws.emulator.region, 'eu-west-1')
    expect(await codeOf(sign({ ...ref, data: { ...ref.data, arn } }))).toBe('not-configured')
  })
})

describe('what changed outside', () => {
  const inspect = async (ref: KeyRef) =>
    (await aws.backend.inspect(ref, 'enabled', soon())).map(({ finding }) => finding)

  it('is nothing at first, and looking decrypts nothing', async () => {
    const { ref } = await makeKey()
    const Statement = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' },
    ] as const
    aws.emulator.setIdentity({ ...aws.emulator.credentials, policy: { Version: '2012-10-17', Statement } })
    const findings = await inspect(ref)
    const used = await codeOf(sign(ref))
    aws.emulator.setIdentity(aws.emulator.credentials)
    expect([findings, used]).toEqual([[], 'backend-denied'])
  })

  it('is a parameter that was written again, or is gone', async () => {
    const { ref, made } = await makeKey()
    const path = String(made.data['path'])
    await overwrite(path, await valueOf(path))
    expect(await inspect(ref)).toEqual([expect.stringMatching(/was written since: it is version 2, and version 1/)])
    await aws.backend.purge(ref, soon())
    expect(await inspect(ref)).toEqual([expect.stringContaining('is gone')])
  })

  it('is a key that was disabled, and tags that were changed', async () => {
    const { ref } = await makeKey()
    const KeyId = String(ref.data['arn'])
    await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'chancery:owner', TagValue: 'x' }] }))
    await kms.send(new DisableKeyCommand({ KeyId }))
    expect(await inspect(ref)).toEqual([expect.stringContaining('Disabled'), expect.stringContaining('chancery:owner')])
  })
})

describe('what goes wrong is said with cause, permission or name, and remedy', () => {
  const said = async (ref: KeyRef) => {
    const error = await errorOf(sign(ref))
    if (error instanceof Refused || error instanceof Failed)
      return { code: error.code, text: error.message, hint: error.particulars.hint }
    throw error
  }

  it('access denied by Systems Manager', async () => {
    const { ref } = await makeKey()
    aws.emulator.faults.add({ kind: 'deny', operation: 'GetParameter' })
    expect(await said(ref)).toMatchObject({
      code: 'backend-denied',
      text: expect.stringMatching(/ssm:GetParameter on .*grant it/),
    })
  })

  it('access denied by KMS behind it', async () => {
    const { ref } = await makeKey()
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }] } as const
    aws.emulator.setIdentity({ ...aws.emulator.credentials, policy })
    const { code, text } = await said(ref)
    aws.emulator.setIdentity(aws.emulator.credentials)
    expect([code, text]).toEqual(['backend-denied', expect.stringMatching(/kms:Decrypt on arn:aws:kms:.*key's policy/)])
  })

  it('a disabled key, which Systems Manager calls an invalid key id', async () => {
    const { ref } = await makeKey()
    await kms.send(new DisableKeyCommand({ KeyId: String(ref.data['arn']) }))
    const { code, text, hint } = await said(ref)
    expect([code, text]).toEqual(['key-state', expect.stringContaining('is disabled in AWS KMS')])
    expect(hint).toContain('aws kms enable-key')
  })

  it.each([
    ['ThrottlingException', 'backend-throttled', /throttling ssm:GetParameter/],
    ['ParameterNotFound', 'key-state', /has no parameter/],
    ['ExpiredTokenException', 'backend-denied', /credentials/],
    ['OptInRequired', 'backend-denied', /has not enabled the region/],
  ])('%s', async (error, code, text) => {
    const { ref } = await makeKey()
    aws.emulator.faults.add({ kind: 'error', code: error, operation: 'GetParameter' })
    const answer = await said(ref)
    expect([answer.code, answer.text]).toEqual([code, expect.stringMatching(text)])
    expect(answer.hint).toBeTruthy()
  })
})
