/** What the listener's certificate is told with. */
import { describe, expect, test } from 'vitest'
import { problemsOf } from './fixture.ts'

describe('TLS', () => {
  test.each([
    ['tls.certFile', { 'tls-cert-file': '/c' }],
    ['tls.keyFile', { 'tls-key-file': '/k' }],
    ['tls.keystoreFile', { 'tls-keystore-file': '/s' }],
    ['tls.keystorePasswordFile', { 'tls-keystore-password-file': '/p' }],
    ['tls.clientCaFile', { 'tls-client-ca-file': '/ca' }],
    ['tls.clients', { 'tls-clients': 'required' }],
  ])('%s alone is half of something', (where, flags) => {
    expect(problemsOf({ flags })).toMatchObject([{ where, got: 'it alone' }])
  })

  test('two certificates are one too many', () => {
    const flags = {
      'tls-cert-file': '/c',
      'tls-key-file': '/k',
      'tls-keystore-file': '/s',
      'tls-keystore-password-file': '/p',
    }
    expect(problemsOf({ flags })).toMatchObject([{ where: 'tls.keystoreFile', got: 'both' }])
  })
})
