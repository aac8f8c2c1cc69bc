import { aliasArn, keyArn } from './arn.ts'
import type { CallEntry } from './calls.ts'
import type { Emulator } from './emulator.ts'
import { AwsError } from './errors.ts'
import { type CallFaults, NO_FAULTS } from './faults.ts'
import type { Answer, Call } from './operation.ts'
import { type Route, route, unknownOperation } from './route.ts'
import { parseAuthorization } from './sigv4/authorization.ts'
import type { SignedRequest } from './sigv4/canonical.ts'
import { verifyRequest } from './sigv4/verify.ts'
import { internalError, refuseByFault, tamper } from './tamper.ts'
import type { Reply } from './wire/reply.ts'

/** A reply with what the connection must still do to it. */
export interface Answered {
  readonly reply: Reply
  readonly faults: CallFaults
  /** Milliseconds the emulator's clock is off for this answer. */
  readonly skewMs: number
}

/** Carries out one request: route, authenticate, run, log. Never throws. */
export async function answer(emulator: Emulator, request: SignedRequest, requestId: string): Promise<Answered> {
  const found = route(request, requestId)
  if (!('service' in found)) return { reply: found, faults: NO_FAULTS, skewMs: 0 }
  const entry = emulator.calls.open(requestId)
  const faults = emulator.faults.draw(found.operation, keyNames(emulator, request, found))
  Object.assign(entry, { service: found.service, operation: found.operation, faults: [...faults.kinds] })
  const reply = await attempt(emulator, request, found, faults, entry)
  emulator.calls.record(entry)
  return { reply, faults, skewMs: faults.find('clock-skew')?.ms ?? 0 }
}

async function attempt(
  emulator: Emulator,
  request: SignedRequest,
  found: Route,
  faults: CallFaults,
  entry: CallEntry,
): Promise<Reply> {
  try {
    const call = authenticate(emulator, request, found, faults, entry)
    return found.reply(await perform(call, found))
  } catch (thrown) {
    const error = thrown instanceof AwsError ? thrown : bug(found, thrown)
    entry.result = error.code
    entry.status = error.status
    return found.error(error)
  }
}

/** A mistake of the emulator itself: reported on standard error, answered as AWS answers its own. */
function bug(found: Route, thrown: unknown): AwsError {
  process.stderr.write(`aws-emulator: ${found.service}:${found.operation} failed: ${describe(thrown)}\n`)
  return internalError(found.service)
}

function authenticate(
  emulator: Emulator,
  request: SignedRequest,
  found: Route,
  faults: CallFaults,
  entry: CallEntry,
): Call {
  const skew = faults.find('clock-skew')?.ms ?? 0
  const { credentials, region } = verifyRequest(request, found.service, {
    regions: emulator.regions,
    now: () => Date.now() + skew,
    find: emulator.identities.find,
  })
  Object.assign(entry, { region, accessKeyId: credentials.accessKeyId })
  const { service, operation } = found
  return { emulator, service, operation, region, principal: credentials, body: found.body(), faults, entry }
}

async function perform(call: Call, found: Route): Promise<Answer> {
  const { emulator, faults } = call
  if (found.run === undefined) throw unknownOperation(found.service, found.operation)
  await delay(call)
  refuseByFault(call.service, faults)
  // KMS counts where the key is known, because its quotas go by the key's kind.
  if (call.service !== 'kms') emulator.quotas.count(call.service, call.region, call.operation, undefined)
  if (interruptsBefore(faults)) return interrupted(call)
  const slot = `${call.service}/${call.region}/${call.operation}`
  const previous = emulator.lastAnswers.get(slot)
  if (faults.find('duplicate') !== undefined && previous !== undefined) return previous
  const result = await found.run.run(call, call.body)
  if (found.run.writes) emulator.save()
  if (result !== undefined) emulator.lastAnswers.set(slot, result)
  return tamper(result, faults, emulator.random, call.region)
}

/** Nothing was done, and nothing will be answered; the log must not say `ok`. */
function interrupted(call: Call): undefined {
  call.entry.result = 'interrupted'
  call.entry.status = 0
  return undefined
}

/** Whether a hang or reset comes before the operation is carried out. */
function interruptsBefore(faults: CallFaults): boolean {
  return faults.find('hang')?.stage === 'before' || faults.find('reset')?.stage === 'before'
}

function delay(call: Call): Promise<void> | undefined {
  const latency = call.faults.find('latency')
  if (latency === undefined) return undefined
  const spread = (latency.maxMs ?? latency.ms) - latency.ms
  const ms = latency.ms + Math.random() * spread
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Every name the request's key goes by, for the faults' filter; looking does not count as a call. */
function keyNames(emulator: Emulator, request: SignedRequest, found: Route): readonly string[] {
  const named = namedKeys(found)
  const header = parseAuthorization(request.headers.authorization ?? '')
  const region = 'region' in header ? header.region : emulator.region
  return named.flatMap((name) => {
    const alias = emulator.state.aliases.get(name.startsWith('arn:') ? name : aliasArn(region, name))
    const key = emulator.state.keys.get(name) ?? emulator.state.keys.get(keyArn(region, alias?.keyId ?? name))
    return key === undefined ? [name] : [name, key.id, key.arn]
  })
}

function namedKeys(found: Route): readonly string[] {
  try {
    const body = found.body()
    const members = [body['KeyId'], body['TargetKeyId'], body['AliasName'], body['DestinationKeyId'], body['Name']]
    return members.filter((name) => typeof name === 'string')
  } catch {
    // Not JSON: the operation will say so.
    return []
  }
}

const describe = (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
