/** What an error says of a part, and what to do about it. */
import { DeadlineExceeded } from '../base/deadline.ts'
import { Failed, Refused, type Code } from '../core/errors.ts'
import type { Finding } from '../core/services.ts'

const wait = 'Ask again in a moment; if it stays so,'

/** What an operator does about errors of these codes, where the error itself has no hint. */
const remedies: Partial<Readonly<Record<Code, string>>> = {
  'backend-throttled': `${wait} raise the quota of the account, or see what else uses it`,
  'backend-unavailable': `${wait} see whether this machine reaches the key back-end, and what its provider says of outages`,
  'deadline-exceeded': `${wait} see whether this machine reaches the other side, and what its provider says of outages`,
  'backend-denied':
    'Grant what is missing to the identity the service runs as, or mend its credentials: `chancery aws policy` prints what each role needs',
  'backend-failed': 'Look at the key in its back-end, and at the versions of both sides',
  'bad-signature': 'Freeze the key, and find out who answers in place of its back-end',
  'key-state':
    'Bring the key back into use in its back-end, or disable it here; freeze it if nobody can explain the state',
  'not-found': 'Look for the key in its back-end, and freeze it here if nobody can explain where it went',
  'not-configured': 'Configure what is named, or disable the keys that need it',
  'node-unavailable': "See whether the network's rpc URLs are right and can be reached from this machine",
  'node-refused': "See whether user and password in the network's URLs are right, and what the node's own log says",
  'wrong-network': 'Give the network an rpc URL of its own chain, or the id of the chain its node serves',
  'store-unavailable': 'See whether the store runs and can be reached from this machine',
}

const otherwise = "Look for the reason in the service's log"

export function wellOf(subject: string, got: string): Finding {
  return { subject, level: 'ok', got }
}

/** A problem with the error's own words, particulars included. */
export function problemFrom(subject: string, error: unknown): Finding {
  const { code, particulars } = knownOf(error)
  const { got, wanted, hint } = particulars
  const words = [got && `got ${got}`, wanted && `wanted ${wanted}`].filter(Boolean).join(', ')
  const said = error instanceof Error ? error.message : 'It failed without saying why'
  const advice = hint ?? remedyFor(code)
  return { subject, level: 'problem', got: words === '' ? said : `${said} (${words})`, advice }
}

export function remedyFor(code: Code): string {
  return remedies[code] ?? otherwise
}

function knownOf(error: unknown): Pick<Failed, 'code' | 'particulars'> {
  if (error instanceof Refused || error instanceof Failed) return error
  return { code: error instanceof DeadlineExceeded ? 'deadline-exceeded' : 'internal', particulars: {} }
}
