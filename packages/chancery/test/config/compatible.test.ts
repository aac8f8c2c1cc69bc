import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Secret } from '../../src/base/secret.ts'
import { load, problemsOf, type Case } from './fixture.ts'

const textOf = (secret: Secret | undefined) => secret?.use((bytes) => Buffer.from(bytes).toString('utf8'))

describe('secrets', () => {
  const config = load({
    env: { CHANCERY_DATABASE_URL: 'postgres://u:hunter2@db.example/chancery', CHANCERY_PASSPHRASE_FILE: '/run/pass' },
    file: 'networks: [{ id: "eip155:1", rpc: ["https://user:hunter2@rpc.example/v2/hunter2?key=hunter2"] }]',
  })

  test('do not print', () => {
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: 9 }),
      String(config.networks[0]?.rpc[0]?.url),
    ]) {
      expect(text).not.toContain('hunter2')
    }
    expect(JSON.stringify(config)).toContain('https://rpc.example')
  })

  test('are whole where they are used', () => {
    expect(textOf(config.networks[0]?.rpc[0]?.url)).toBe('https://user:hunter2@rpc.example/v2/hunter2?key=hunter2')
    expect(config.store.kind === 'postgres' ? textOf(config.store.url) : '').toContain('u:hunter2@')
  })
})

describe('the compatible variables', () => {
  const apiKey = '0123456789abcdef'.repeat(4)
  const keyId = 'arn:aws:kms:us-east-1:123456789012:key/1234'
  const env = { AWS_REGION: 'us-east-1', AWS_KMS_KEY_ID: keyId, BACKEND_API_KEY: apiKey }

  test('are a section of their own, and move the port', () => {
    const { kmsBackend, port } = load({
      env: { ...env, SEPOLIA_RPC_URL: 'https://s.example/x', ALCHEMY_RPC_URL: 'https://a.example' },
    })
    expect(kmsBackend).toMatchObject({ keyId, region: 'us-east-1', rpc: { origin: 'https://s.example' } })
    expect(textOf(kmsBackend?.apiKey)).toBe(apiKey)
    expect(port).toBe(8000)
  })

  test.each<[string, Case, number]>([
    ['PORT', { env: { ...env, PORT: '8080' } }, 8080],
    ['a flag', { env, flags: { port: '8081' } }, 8081],
    ['the file', { env, file: 'port: 8082' }, 8082],
    [
      '.env',
      {
        dotEnv: Object.entries(env)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
      },
      8000,
    ],
  ])('with %s the port is %s', (_, given, port) => {
    expect(load(given)).toMatchObject({ port, kmsBackend: { keyId } })
  })

  test('the other RPC serves when the first is not set', () => {
    expect(load({ env: { ...env, ALCHEMY_RPC_URL: 'https://a.example' } }).kmsBackend?.rpc?.origin).toBe(
      'https://a.example',
    )
    expect(load({ env }).kmsBackend?.rpc).toBeUndefined()
  })

  test.each(['AWS_KMS_KEY_ID', 'BACKEND_API_KEY'])('without %s there is no section and the port stays', (name) => {
    const config = load({ env: { ...env, [name]: undefined } })
    expect(config.kmsBackend).toBeUndefined()
    expect(config.kmsBackendLacks?.missing).toBe(name)
    expect(config.port).toBe(9000)
  })

  test('where none or all are set, nothing is missing', () => {
    expect(load({ env: { AWS_REGION: 'us-east-1' } }).kmsBackendLacks).toBeUndefined()
    expect(load({ env }).kmsBackendLacks).toBeUndefined()
  })

  test('the region may stand in the ARN, but must stand somewhere', () => {
    expect(load({ env: { ...env, AWS_REGION: '' } }).kmsBackend?.region).toBe('us-east-1')
    expect(problemsOf({ env: { ...env, AWS_REGION: '', AWS_KMS_KEY_ID: '1234' } })[0]?.where).toBe('AWS_REGION')
  })

  test.each([
    ['32 hex digits', '9f86d081884c7d659a2feaa0c55ad015', true],
    ['31 hex digits', '9f86d081884c7d659a2feaa0c55ad01', false],
    ['22 characters of base64url', 'q83vEjRWeJC-_N7wEjRWea', true],
    ['21 characters of base64url', 'q83vEjRWeJC-_N7wEjRWe', false],
    ['40 times the same', 'a'.repeat(40), false],
    ['40 digits', '8392019384756201938475620193847562019384', true],
    ['38 digits', '83920193847562019384756201938475620193', false],
    ['a word', 'changeme', false],
    ['something with a space', 'q83vEjRWeJC-_N7wEjR Wea with more words', false],
  ])('an API key of %s', (_, key, accepted) => {
    const given = { env: { ...env, BACKEND_API_KEY: key } }
    const answer = () => (accepted ? load(given).kmsBackend?.keyId : problemsOf(given)[0]?.where)
    expect(answer()).toBe(accepted ? keyId : 'BACKEND_API_KEY')
    expect(accepted ? '' : JSON.stringify(problemsOf(given))).not.toContain(key)
  })
})
