import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { settingDescriptions } from '../../src/config/describe.ts'
import { load } from './fixture.ts'

describe('the examples', () => {
  const example = (name: string) => readFileSync(new URL(`../../../../${name}`, import.meta.url), 'utf8')

  test('load as they are', () => {
    const config = load({ dotEnv: example('.env.example'), file: example('chancery.example.yaml') })
    expect(config.networks.length).toBeGreaterThan(0)
    expect(config.read).toEqual(['/srv/app/.env', '/srv/app/chancery.yaml'])
  })

  test('leave host and port to their defaults, which the compatible variables move', () => {
    const given = { dotEnv: example('.env.example'), file: example('chancery.example.yaml') }
    expect(load(given)).toMatchObject({ host: '127.0.0.1', port: 9000 })
    const env = { AWS_REGION: 'us-east-1', AWS_KMS_KEY_ID: 'alias/old', BACKEND_API_KEY: '0123456789abcdef'.repeat(2) }
    expect(load({ ...given, env })).toMatchObject({ port: 8000 })
  })

  test('name every setting of the file, and nothing else', () => {
    const text = example('chancery.example.yaml')
    for (const { key } of settingDescriptions.filter((one) => one.key !== undefined)) {
      const [section, member] = key?.split('.') ?? []
      expect(text).toMatch(new RegExp(`^(# )?${section}:`, 'm'))
      if (member !== undefined) expect(text).toMatch(new RegExp(`^(# )? +${member}:`, 'm'))
    }
  })

  test('name every variable, commented out or not', () => {
    const text = example('.env.example')
    const compatible = ['AWS_REGION', 'AWS_KMS_KEY_ID', 'BACKEND_API_KEY', 'SEPOLIA_RPC_URL', 'ALCHEMY_RPC_URL', 'PORT']
    const named = [...text.matchAll(/^(?:# )?([A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '')
    const expected = [...settingDescriptions.flatMap(({ variables }) => variables), ...compatible]
    expect(new Set(named)).toEqual(new Set(expected))
  })

  const commented = [...example('.env.example').matchAll(/^# ([A-Z0-9_]+)=(.+)$/gm)].map(
    ([, name = '', value = '']) => ({
      name,
      value,
    }),
  )
  const networks = '[{"id":"eip155:31337"},{"id":"algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe"}]'
  const pem = { CHANCERY_TLS_CERT_FILE: '/srv/c', CHANCERY_TLS_KEY_FILE: '/srv/k' }
  const keystore = { CHANCERY_TLS_KEYSTORE_FILE: '/srv/k', CHANCERY_TLS_KEYSTORE_PASSWORD_FILE: '/srv/p' }
  const needs = ['CHANCERY_CONFIG', 'CHANCERY_ENVIRONMENT_FILE']

  test.each(commented.filter(({ name }) => !needs.includes(name)))('$name would be accepted', ({ name, value }) => {
    const isKeySource = /KEY_FILE|PASSPHRASE|KEY_ENCRYPTION_KEY/.test(name)
    const beside = isKeySource ? {} : { CHANCERY_KEY_FILE: '/etc/chancery/key' }
    const companions = { ...beside, CHANCERY_NETWORKS: networks, AWS_REGION: 'eu-central-1' }
    const folder = { CHANCERY_KEYSTORES_PATH: '/srv/k' }
    const passwords = /KEYSTORES_PASSWORD/.test(name)
      ? folder
      : /KEYSTORES_PATH/.test(name)
        ? { CHANCERY_KEYSTORES_PASSWORD_FILE: '/srv/p' }
        : {}
    const tls = /TLS_KEYSTORE/.test(name) ? { ...keystore } : /TLS_/.test(name) ? { ...pem } : {}
    const others = { '/srv/app/swap.arc56.json': '{"methods":[]}' }
    expect(load({ env: { ...companions, ...passwords, ...tls, [name]: value }, others }).host).toBe('127.0.0.1')
  })
})
