import { describe, expect, test } from 'vitest'
import type { Given } from '../../src/cli/command.ts'
import { asSettings } from '../../src/cli/eth2.ts'
import { configOf } from '../../src/cli/offline.ts'
import { chancery } from './terminal.ts'

const given = (flags: Readonly<Record<string, string>>): Given => ({
  words: [],
  text: (name) => flags[name],
  texts: (name) => [flags[name] ?? []].flat(),
  has: () => false,
})

const terminal = {
  env: { HOME: '/var/op' },
  cwd: '/nowhere',
  interactive: false,
  out: () => {},
  note: () => {},
  ask: async () => '',
  askHidden: async () => '',
  stdin: async () => '',
}

const config = (flags: Readonly<Record<string, string>>) => configOf(asSettings(given(flags)), terminal)

describe('the flags of Web3Signer', () => {
  test('stand for settings', () => {
    const flags = {
      network: 'Mainnet',
      'http-listen-host': '127.0.0.1',
      'http-listen-port': '9123',
      'http-host-allowlist': 'localhost,signer.example',
      'data-path': '/srv/data',
      logging: 'WARN',
      'key-store-path': '/srv/keys',
      'keystores-path': '/srv/keystores',
      'keystores-password-file': '/srv/password',
    }
    expect(config(flags)).toMatchObject({
      networks: [{ network: 'beacon:mainnet' }],
      host: '127.0.0.1',
      port: 9123,
      hosts: ['localhost', 'signer.example'],
      dataDir: '/srv/data',
      logLevel: 'warn',
      keyFiles: {
        keystores: { folder: '/srv/keystores', passwordFile: '/srv/password' },
        keyConfigs: { folder: '/srv/keys' },
      },
    })
  })

  test('go behind the setting’s own', () => {
    expect(config({ 'http-listen-port': '1', port: '2' }).port).toBe(2)
  })

  test.each([
    [['--slashing-protection-db-url', 'jdbc:postgresql://h/web3signer'], 'chancery slashing import'],
    [['--slashing-protection-enabled=false'], 'Slashing protection is on'],
    [['--network', 'mainnet', '--networks', '[]'], 'not both'],
  ])('%j is refused, with what to do', async (args, words) => {
    const ran = await chancery(['eth2', ...args])
    expect(ran).toMatchObject({ status: 2, notes: expect.stringContaining(words) })
  })

  test('with a secret in them warn, name the file form, and do not repeat it', async () => {
    const args = ['--slashing-protection-db-password', 'canary', '--auth-token', 'canary', '--port', 'none']
    const ran = await chancery(['eth2', ...args], { env: { HOME: '/var/op' } })
    expect(ran.notes).toContain('--slashing-protection-db-password is not used')
    expect(ran.notes).toContain('--auth-token is not used')
    expect(ran.notes).toContain('0600 .env file')
    expect(`${ran.notes}${ran.out}`).not.toContain('canary')
  })
})
