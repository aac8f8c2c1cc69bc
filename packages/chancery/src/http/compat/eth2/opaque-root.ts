/**
 * A root without its payload, in the form py3signer's README had: `signingRoot` or `signing_root` beside a domain by name or
 * number. Whatever it says of its domain, nobody can see it in the root (safety rule 20): it is signed by opaque keys only.
 */
import type { Json, JsonObject } from '../../../base/json.ts'
import { invalidRequest, Refused } from '../../../core/errors.ts'

const domainNames = [
  'beacon_proposer',
  'beacon_attester',
  'randao',
  'deposit',
  'voluntary_exit',
  'selection_proof',
  'aggregate_and_proof',
  'sync_committee',
  'sync_committee_selection_proof',
  'contribution_and_proof',
]

const known = ['signingRoot', 'signing_root', 'domain_name', 'domainName', 'domain']

/** Whether a body has a domain and no type: the Remote Signing API has it the other way round. */
export function isOpaqueRoot(body: JsonObject): boolean {
  if (body['type'] !== undefined) return false
  return body['domain_name'] !== undefined || body['domainName'] !== undefined || body['domain'] !== undefined
}

/** The root, in lower case. @throws Refused `invalid-request` */
export function opaqueRootOf(body: JsonObject): Json {
  const stray = Object.keys(body).find((name) => !known.includes(name))
  if (stray !== undefined) throw invalidRequest(stray.slice(0, 64), 'an unknown member', 'no such member')
  checkDomain(body)
  const [name, root] = onlyOf(body, ['signingRoot', 'signing_root'])
  if (typeof root === 'string' && /^0x[0-9a-fA-F]{64}$/.test(root)) return root.toLowerCase()
  throw invalidRequest(name, typeof root, '0x and 64 hex digits')
}

function checkDomain(body: JsonObject): void {
  const [name, domain] = onlyOf(body, ['domain_name', 'domainName', 'domain'])
  const wanted = name === 'domain' ? '0x and 8 hex digits' : domainNames.join(', ')
  const fits =
    typeof domain === 'string' && (name === 'domain' ? /^0x[0-9a-fA-F]{8}$/.test(domain) : domainNames.includes(domain))
  if (!fits) throw invalidRequest(name, typeof domain === 'string' ? domain.slice(0, 64) : typeof domain, wanted)
}

/** The one of these members that is there. */
function onlyOf(body: JsonObject, names: readonly string[]): readonly [string, Json | undefined] {
  const [found, second] = names.filter((name) => body[name] !== undefined)
  if (found === undefined) throw invalidRequest(names[0] ?? '', 'nothing', names.join(' or '))
  if (second !== undefined) throw invalidRequest(second, `${second} beside ${found}`, 'one of them')
  return [found, body[found]]
}

/** What to do, beside what was said, where such a root is not signed. */
export function withAdvice(error: unknown): unknown {
  if (!(error instanceof Refused) || (error.code !== 'denied' && error.code !== 'unsupported-payload')) return error
  const hint =
    'Send the duty itself with its type, as the Remote Signing API has it: then it is protected from slashing. A bare root is ' +
    'signed only by a key that was imported as opaque, for a client that holds sign:opaque-root on it'
  return new Refused(error.code, error.message, { ...error.particulars, hint })
}
