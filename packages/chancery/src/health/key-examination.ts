/** What `doctor` finds of the keys: whether each could sign, and what changed outside the service since it was pinned. */
import { counted } from '../base/counted.ts'
import { atMost, within, type Deadline } from '../base/deadline.ts'
import { canProbe, canWatch, type KeyBackend, type KeyFinding } from '../core/backend.ts'
import { isHeld, refOf, type KeyRecord } from '../core/key.ts'
import type { Finding } from '../core/services.ts'
import type { Examination } from './doctor.ts'
import { problemFrom, remedyFor } from './finding.ts'
import type { OrphanWatch } from './orphans.ts'

export interface ExaminedKeys {
  readonly backends: readonly KeyBackend[]
  keys(): readonly KeyRecord[]
  /** Whether the network is configured. */
  serves(network: string): boolean
  readonly orphanWatch: Pick<OrphanWatch, 'look'>
}

/**
 * Milliseconds a back-end has for one key: less than an examination has for all of them, which are asked at once. A key
 * that hangs hides no other one.
 */
const patience = 4_000
/** For a back-end that does not keep to it. */
const grace = 250

/** Every key that is not purged is held against its record; only enabled ones are asked whether they could sign. */
export function keyExamination({ backends, keys, serves, orphanWatch }: ExaminedKeys): Examination {
  return {
    name: 'keys',
    examine: async (deadline) => {
      const kept = keys().filter(({ state }) => state !== 'purged')
      const [orphans, ...examined] = await Promise.all([
        orphanWatch.look(atMost(deadline, patience)),
        ...kept.map((key) => examineKey(key, backends, deadline)),
      ])
      const able = examined.filter(({ able }) => able).length
      const enabled = kept.filter(({ state }) => state === 'enabled').length
      const open = examined.flatMap(({ able, unproven }) => (able && unproven !== undefined ? [unproven] : []))
      const each = examined.flatMap(({ findings }) => findings)
      return [
        summary(able, enabled),
        ...heldOf(kept),
        ...strayOf(kept, serves),
        ...unprovenOf(open),
        ...each,
        ...orphans.findings,
      ]
    },
  }
}

function summary(able: number, all: number): Finding {
  const got = `${able} of ${all} enabled keys can sign`
  if (able === all) return { subject: 'keys', level: 'ok', got }
  const advice = 'See what is said of each key below'
  return { subject: 'keys', level: able === 0 ? 'problem' : 'warning', got, advice }
}

/** Whoever accepted the gap may not know that keys wait since then. */
function heldOf(keys: readonly KeyRecord[]): readonly Finding[] {
  const held = keys.filter(isHeld).length
  if (held === 0) return []
  const got = `${counted(held, 'key')} out of use since a gap in the history was accepted`
  const advice = 'Disable or delete those that sign elsewhere since; then chancery keys enable-held'
  return [{ subject: 'keys', level: 'warning', got, advice }]
}

/** They are listed, load without a word, and each of their requests is refused. */
function strayOf(keys: readonly KeyRecord[], serves: ExaminedKeys['serves']): readonly Finding[] {
  const named = keys.flatMap(({ state, network }) => (state === 'enabled' && network !== undefined ? [network] : []))
  const astray = Map.groupBy(
    named.filter((network) => !serves(network)),
    (network) => network,
  )
  return [...astray].map(([network, { length }]) => ({
    subject: 'keys',
    level: 'warning',
    got: `${length} of them sign for ${network} only, which is not configured`,
    advice:
      'Name it in networks. Was it a mistake: a key stays with its network, so import again into a new data directory',
  }))
}

/** So that nobody takes a look for a proof. */
function unprovenOf(sentences: readonly string[]): readonly Finding[] {
  const alike = Map.groupBy(sentences, (sentence) => sentence)
  return [...alike].map(([sentence, { length }]) => ({
    subject: 'keys',
    level: 'ok',
    got: `of ${length} of these: ${sentence}`,
  }))
}

interface ExaminedKey {
  /** Enabled, and could sign. */
  readonly able: boolean
  readonly findings: readonly Finding[]
  readonly unproven?: string | undefined
}

async function examineKey(key: KeyRecord, backends: readonly KeyBackend[], deadline: Deadline): Promise<ExaminedKey> {
  const backend = backends.find(({ name }) => name === key.backend)
  const enabled = key.state === 'enabled'
  if (backend === undefined) return { able: false, findings: enabled ? [withoutBackend(key)] : [] }
  const [probed, inspected] = await Promise.all([
    enabled ? asked(key, deadline, (until) => probe(backend, key, until)) : [],
    asked(key, deadline, (until) => inspect(backend, key, until)),
  ])
  const findings = [...probed, ...inspected]
  const unproven = canProbe(backend) ? backend.unproven : undefined
  return { able: enabled && probed.length === 0, findings: findings.filter(isFirst), unproven }
}

function withoutBackend({ id, backend }: KeyRecord): Finding {
  const advice = `Add ${backend} to backends, or disable the key`
  return { subject: `key ${id}`, level: 'problem', got: `Its key back-end ${backend} is not in use`, advice }
}

/** Both ask the back-end, and may be told the same. */
function isFirst({ got }: Finding, index: number, all: readonly Finding[]): boolean {
  return all.findIndex((other) => other.got === got) === index
}

type Ask = (deadline: Deadline) => Promise<readonly KeyFinding[]>

async function asked({ id, backend }: KeyRecord, deadline: Deadline, ask: Ask): Promise<readonly Finding[]> {
  const subject = `key ${id}`
  try {
    const until = atMost(deadline, patience)
    const found = await within(atMost(deadline, patience + grace), `The key back-end ${backend}`, ask(until))
    return found.map((one) => findingOf(id, one))
  } catch (error) {
    return [problemFrom(subject, error)]
  }
}

function findingOf(key: string, { finding: got, code, unwatched }: KeyFinding): Finding {
  const subject = `key ${key}`
  if (unwatched !== undefined) return { subject, level: 'warning', got, advice: unwatched }
  return { subject, level: 'problem', got, advice: code === undefined ? unexplained(key) : remedyFor(code) }
}

function unexplained(key: string): string {
  return `Look at the key in its back-end; if nobody can explain it: chancery freeze --key ${key}`
}

/** Nothing when it could sign. */
async function probe(backend: KeyBackend, key: KeyRecord, deadline: Deadline): Promise<readonly KeyFinding[]> {
  if (!canProbe(backend)) return []
  const answer = await backend.probe(refOf(key), deadline)
  return answer.ok ? [] : [answer]
}

async function inspect(backend: KeyBackend, key: KeyRecord, deadline: Deadline): Promise<readonly KeyFinding[]> {
  return canWatch(backend) ? backend.inspect(refOf(key), key.state, deadline) : []
}
