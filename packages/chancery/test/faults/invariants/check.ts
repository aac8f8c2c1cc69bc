/** The five invariants, over client logs, the back-end's log, a copy of the store and the witness's files. */
import { existsSync, readFileSync } from 'node:fs'
import { readBackendLog } from './backend-log.ts'
import { readClientLog } from './client-log.ts'
import type { Evidence, Finding } from './finding.ts'
import { lineOf, type Line } from './lines.ts'
import { neverSlashable } from './protection.ts'
import { recordedFirst } from './recorded.ts'
import { registerAgrees } from './register.ts'
import { oneRoot, onlyGranted, sameBytes } from './released.ts'
import { readStore, type Copy } from './store-copy.ts'
import { withinWindows } from './windows.ts'

export interface Files {
  readonly clients: readonly string[]
  readonly backends: readonly string[]
  readonly store: string
  /** One, or one of each process. */
  readonly witness?: string | readonly string[]
  readonly skew?: number
}

export interface Verdict {
  readonly findings: readonly Finding[]
  readonly counts: {
    readonly answers: number
    readonly releases: number
    readonly signs: number
    readonly attempts: number
    readonly entries: number
    readonly guards: number
    readonly windows: number
    readonly validators: number
  }
}

/** @throws Error when a file cannot be read: nothing is said about what was not seen */
export function checkFiles({ store, ...files }: Files): Verdict {
  return checkCopy(readStore(store), files)
}

/** The same with a store that was read already, such as a database. @throws Error as `checkFiles` */
export function checkCopy(store: Copy, { clients, backends, witness, skew = 0 }: Omit<Files, 'store'>): Verdict {
  return checkInvariants({
    clients: clients.flatMap(readClientLog),
    signs: backends.flatMap(readBackendLog),
    store,
    witness: [witness ?? []].flat().flatMap(readWitness),
    skew,
  })
}

export function checkInvariants(evidence: Evidence): Verdict {
  const { clients, signs, store } = evidence
  return {
    findings: [oneRoot, neverSlashable, recordedFirst, registerAgrees, sameBytes, withinWindows, onlyGranted].flatMap(
      (check) => check(evidence),
    ),
    counts: {
      answers: clients.length,
      releases: clients.filter(({ response }) => response !== undefined).length,
      signs: signs.length,
      attempts: store.attempts.length,
      entries: store.entries.length,
      guards: store.guards.length,
      windows: store.totals.length,
      validators: store.protection.length,
    },
  }
}

/** The whole file and the newer head beside it, each a JSON text and its sum. */
function readWitness(path: string): readonly Line[] {
  const texts = [path, `${path}.head`].filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))
  return texts.flatMap((text) => (text.trim() === '' ? [] : [lineOf(text.split('\n')[0] ?? '')]))
}

export function verdictLine({ findings, counts }: Verdict): string {
  const seen = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  return `invariants: ${findings.length === 0 ? 'hold' : `${findings.length} findings`} over ${seen.join(', ')}`
}
