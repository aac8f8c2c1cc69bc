/** How a client is known without an API key, from the flags of `clients create`. */
import { X509Certificate } from 'node:crypto'
import type { NewClient } from '@chancery/client'
import { assumedAcknowledgement } from '../core/access.ts'
import { UsageError, type Flags, type Given, type Terminal } from './command.ts'
import { readText } from './reading.ts'

export const identityFlags: Flags = {
  certificate: {
    type: 'string',
    value: '<fingerprint>',
    multiple: true,
    about: 'A client certificate that proves it: its SHA-256 fingerprint, or its PEM file; repeatable',
  },
  'certificate-name': {
    type: 'string',
    value: '<name>',
    multiple: true,
    about: 'The common name of certificates that tls.clientCaFile vouches for; repeatable',
  },
  'assumed-from': {
    type: 'string',
    value: '<cidr>',
    multiple: true,
    about: 'Whoever asks for duties from there without a credential is this client; repeatable',
  },
  acknowledge: { type: 'string', value: '<text>', about: `With --assumed-from: "${assumedAcknowledgement}"` },
}

type Identified = Pick<NewClient, 'identity' | 'acknowledge'>

export async function identityOf(given: Given, terminal: Terminal): Promise<Identified> {
  const certificates = await Promise.all(given.texts('certificate').map((text) => fingerprintOf(text, terminal)))
  const [certificateNames, assumedFrom] = [given.texts('certificate-name'), given.texts('assumed-from')]
  const acknowledge = acknowledged(given, assumedFrom.length > 0)
  const identity = {
    ...(certificates.length > 0 && { certificates }),
    ...(certificateNames.length > 0 && { certificateNames }),
    ...(assumedFrom.length > 0 && { assumedFrom }),
  }
  return { ...(Object.keys(identity).length > 0 && { identity }), ...(acknowledge && { acknowledge }) }
}

function acknowledged(given: Given, needed: boolean): typeof assumedAcknowledgement | undefined {
  const text = given.text('acknowledge')
  if (!needed && text === undefined) return undefined
  if (needed && text === assumedAcknowledgement) return assumedAcknowledgement
  throw new UsageError(
    needed
      ? `With --assumed-from, anybody who gets such an address signs. Write --acknowledge "${assumedAcknowledgement}"`
      : '--acknowledge goes with --assumed-from',
  )
}

/** With colons or without, as OpenSSL and browsers show it; anything else is a file. */
async function fingerprintOf(text: string, terminal: Terminal): Promise<string> {
  const digits = text.replaceAll(':', '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(digits)) return digits
  const pem = await readText(text, terminal)
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
  } catch {
    throw new UsageError(`${text} holds no certificate: --certificate takes a PEM file or a SHA-256 fingerprint`)
  }
}
