/** Secrets that went through the service are looked for in everything that comes out of it, in five encodings. */
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { encodings, filesIn, findingsOf, secretPart } from './canary-search.ts'
import { network } from './house.ts'
import { openService, type SeenReply, type TestService } from './service.ts'

const passphrase = `correct-${randomBytes(9).toString('hex')}-staple`
const privateKey = randomBytes(32)
const wrongKey = `chancery_${'0'.repeat(26)}_abcdefgh_${randomBytes(32).toString('base64url')}_000000`

let service: TestService
/** Named bytes that nobody may see again. */
const canaries = new Map<string, Uint8Array>([
  ['passphrase', Buffer.from(passphrase)],
  ['private key', privateKey],
  // Never of this service, and still somebody's.
  ['credential that opens nothing', Buffer.from(wrongKey)],
])

beforeAll(async () => {
  service = await openService({ passphrase, configuration: { networks: [{ id: network }] } })
  canaries.set('first administrator key', secretPart(service.firstKey))
}, 60_000)

afterAll(() => service.end())

/** Everything the service is asked to do with secrets, well and badly. */
async function useThemAll(): Promise<Readonly<Record<string, string>>> {
  const { operator } = service
  const grants = [{ operations: ['sign:message', 'keys:read', 'keys:create'], keys: '*', networks: '*' }] as const
  const { client, secret } = await operator.clients.create({ name: 'app', grants })
  const second = await operator.clients.addSecret(client.id, 1)
  canaries.set('API key', secretPart(secret)).set('second API key', secretPart(second.secret))
  const app = service.client(secret)
  const wanted = { backend: 'sealed', family: 'evm', kind: 'decoded' } as const
  const hex = toHex(privateKey)
  const key = await app.keys.import({ ...wanted, secret: { format: 'hex', hex } })
  await operator.rules.put(key.id, { operations: ['sign:message'], networks: [network] }, 0)
  await app.sign(key.id, { network, message: { text: 'hello' } })
  await service.client(second.secret).keys.list()
  // The same again is refused, and so is what cannot be read: refusals quote what they got.
  const headers = { 'x-api-key': secret }
  const body = { ...wanted, secret: { format: 'hex', hex } }
  const broken = [
    { format: 'hex', hex: `${hex}0` },
    { format: 'hex', hex, more: hex },
    { format: hex },
    hex,
    [hex],
    null,
  ]
  await service.ask('POST', '/v1/keys/import', { headers, body })
  for (const given of broken)
    await service.ask('POST', '/v1/keys/import', { headers, body: { ...body, secret: given } })
  await service.ask('POST', '/v1/keys/import', { headers, body: `{"secret":"${hex}","secret":1}` })
  await service.ask('POST', '/v1/keys/import', { headers, body: `{"secret":${hex}}` })
  await service.ask('GET', '/v1/keys', { headers: { 'x-api-key': wrongKey } })
  await service.ask('GET', '/v1/keys', { headers: { authorization: `Bearer ${wrongKey}` } })
  await service.ask('GET', '/v1/keys', { headers: { authorization: `Bearer ${secret}`, 'x-api-key': wrongKey } })
  await service.ask('GET', '/v1/keys', { headers: { authorization: wrongKey } })
  await service.client(service.firstKey).keys.list()
  await service.ask('GET', '/metrics')
  await operator.register.tail({ limit: 500 })
  return { 'x-api-key': secret }
}

/** A refusal may tell a caller what he put where; what is kept may not know it. */
async function misplaceThem(headers: Readonly<Record<string, string>>): Promise<void> {
  const hex = toHex(privateKey)
  const wanted = { backend: 'sealed', family: 'evm', kind: 'decoded' }
  const apiKey = headers['x-api-key'] ?? ''
  await service.ask('POST', '/v1/keys', { headers, body: { ...wanted, alias: hex } })
  await service.ask('POST', '/v1/keys', { headers, body: { ...wanted, [hex]: hex } })
  await service.ask('GET', `/v1/keys/${hex}`, { headers })
  await service.ask('GET', `/v1/keys?after=${apiKey}&limit=${hex}`, { headers })
  await service.ask('GET', `/v1/keys/${encodeURIComponent(apiKey)}`, { headers })
  await service.ask('GET', `/v1/${hex}`, { headers })
  await service.ask('GET', '/v1/keys', { headers: { ...headers, 'if-match': apiKey, 'idempotency-key': apiKey } })
}

const findings = (where: string, text: string) => findingsOf(canaries, where, text)

describe('after everything was done with them, no canary is', () => {
  let answers: readonly SeenReply[]

  beforeAll(async () => {
    const credential = await useThemAll()
    answers = [...service.replies]
    await misplaceThem(credential)
  }, 60_000)

  test('in a reply, but for the one that shows a new API key', () => {
    const quiet = answers.filter(({ body }) => !/"secret":"chancery_/.test(body))
    expect(answers.length - quiet.length).toBe(2)
    const shown = quiet.flatMap(({ method, path, body, headers }) =>
      findings(`${method} ${path.slice(0, 20)}`, body + JSON.stringify(headers)),
    )
    expect(shown).toEqual([])
  })

  test('in the log', () => {
    expect(service.logged()).toContain('"route":"POST /v1/keys/import"')
    expect(findings('log', service.logged())).toEqual([])
  })

  test('in a file of the data directory', async () => {
    const files = await filesIn(service.dataDir)
    expect(files.map(([path]) => path)).toEqual(expect.arrayContaining([expect.stringMatching(/store\.sqlite$/)]))
    expect(files.flatMap(([path, text]) => findings(path, text))).toEqual([])
  })

  test('in a backup or an export', async () => {
    await service.operator.backup(join(service.folder, 'backup'))
    await service.operator.register.export(join(service.folder, 'register.jsonl'))
    const copies = await filesIn(join(service.folder, 'backup'))
    const text = (await readFile(join(service.folder, 'register.jsonl'))).toString('latin1')
    expect(copies.length).toBeGreaterThan(1)
    expect([...copies, ['register', text] as const].flatMap(([path, all]) => findings(path, all))).toEqual([])
  })
})

test('the search finds a canary in each encoding, wherever it stands', () => {
  const around = createHash('sha256').update('around').digest()
  const bytes = fromHex(toHex(privateKey))
  for (const [encoding, encode] of Object.entries(encodings)) {
    for (const text of encode(bytes))
      expect(findings('here', `..${text}..`)).toContain(`here: private key as ${encoding}`)
  }
  for (const before of [0, 1, 2]) {
    const inside = Buffer.concat([around.subarray(0, before), bytes, around])
    expect(findings('inside', inside.toString('base64url'))).toContain('inside: private key as base64url')
  }
})
