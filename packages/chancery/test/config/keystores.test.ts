import { describe, expect, test } from 'vitest'
import { yamlDocuments } from '../../src/config/yaml.ts'
import { load, problemsOf } from './fixture.ts'

describe('validator keys that stand in files', () => {
  test('are none where nothing is said', () => {
    expect(load().keyFiles).toBeUndefined()
  })

  test('are named by the flags of Web3Signer and py3signer', () => {
    const flags = { 'keystores-path': 'keys', 'keystores-passwords-path': '/p', 'key-config-path': 'configs' }
    expect(load({ flags }).keyFiles).toEqual({
      keystores: { folder: '/srv/app/keys', passwords: '/p' },
      keyConfigs: { folder: '/srv/app/configs' },
    })
  })

  test('and by Web3Signer’s variables', () => {
    const env = { WEB3SIGNER_ETH2_KEYSTORES_PATH: '/k', WEB3SIGNER_ETH2_KEYSTORES_PASSWORD_FILE: '/p' }
    expect(load({ env }).keyFiles).toEqual({ keystores: { folder: '/k', passwordFile: '/p' } })
  })

  test('belong to the network that is said', () => {
    const file = 'keystores: { path: k, passwordFile: p, network: "beacon:hoodi" }'
    expect(load({ file }).keyFiles).toMatchObject({ network: 'beacon:hoodi' })
    const problems = problemsOf({ file: file.replace('beacon:', '') })
    expect(problems).toMatchObject([{ wanted: expect.stringContaining('CAIP-2') }])
  })

  test.each<[string, Record<string, string>, string]>([
    ['keystores without passwords', { 'keystores-path': 'k' }, 'none of them'],
    [
      'keystores with both',
      { 'keystores-path': 'k', 'keystores-passwords-path': 'p', 'keystores-password-file': 'f' },
      'both of them',
    ],
    ['passwords without keystores', { 'keystores-password-file': 'f' }, 'none'],
  ])('%s are refused', (_, flags, got) => {
    expect(problemsOf({ flags })).toMatchObject([{ got }])
  })
})

describe('YAML documents of text', () => {
  test('keep a private key as it is written, quotes or not', () => {
    const key = `0x${'1f'.repeat(32)}`
    expect(yamlDocuments(`type: file-raw\nprivateKey: ${key}\n---\nprivateKey: "${key}"\n`)).toEqual([
      { type: 'file-raw', privateKey: key },
      { privateKey: key },
    ])
  })

  test.each(['a: 1\na: 2\n', 'a: &x 1\nb: *x\n', 'a: !!int 1\n', 'a: [\n', '__proto__: { a: b }\n'])(
    'refuse %j',
    (text) => {
      expect(() => yamlDocuments(text)).toThrow(Error)
    },
  )

  test('of nothing are nothing', () => {
    expect(yamlDocuments('')).toEqual([])
    expect(yamlDocuments('# only a comment\n---\n---\na: b\n')).toEqual([{ a: 'b' }])
  })
})
