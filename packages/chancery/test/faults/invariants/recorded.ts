/** I2: nothing was signed or released that was not on record before. */
import { isRelease } from './client-log.ts'
import { finding, type Evidence, type Finding } from './finding.ts'
import { payloadHashOf } from './released.ts'

/**
 * A repeated request is a further attempt with the same payload, and a back-end that is asked again signs again: so a use
 * of a key needs at least one attempt that was recorded before it, and the attempts of one payload must agree.
 */
export function recordedFirst({ clients, signs, store, skew }: Evidence): readonly Finding[] {
  const first = new Map<string, number>()
  for (const { payloads, time } of store.attempts) {
    for (const payload of payloads) first.set(payload, Math.min(time, first.get(payload) ?? Infinity))
  }
  const late = (hash: string, time: string) => (first.get(hash) ?? Infinity) > Date.parse(time) + skew
  const releases = clients.filter(isRelease)
  const kept = new Set(store.signatures.map(({ payload }) => payload))
  const remote = new Set(signs.map(({ payloadHash }) => payloadHash))
  const unkept = new Set(
    releases.map(({ payload }) => payloadHashOf(payload)).filter((hash) => remote.has(hash) && !kept.has(hash)),
  )
  return [
    ...signs
      .filter(({ payloadHash, time }) => late(payloadHash, time))
      .map(({ payloadHash, key }) => finding('I2', 'sign-without-earlier-attempt', `${key} ${payloadHash}`)),
    ...releases
      .filter(({ payload, time }) => late(payloadHashOf(payload), time))
      .map(({ payload, key }) => finding('I2', 'release-without-earlier-attempt', `${key} ${payload}`)),
    ...[...unkept].map((hash) => finding('I2', 'random-signature-not-kept', hash)),
    ...disagreeing({ store }),
  ]
}

function disagreeing({ store }: Pick<Evidence, 'store'>): readonly Finding[] {
  const said = new Map<string, string>()
  const findings: Finding[] = []
  for (const { payloads, publicKey, guards, place } of store.attempts) {
    const name = `${publicKey} ${payloads.join()}`
    const text = JSON.stringify(guards)
    if ((said.get(name) ?? text) !== text) findings.push(finding('I2', 'attempts-of-one-payload-differ', place))
    said.set(name, text)
  }
  return findings
}
