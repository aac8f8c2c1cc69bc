/** Writes a client's log as it goes: before anything else is done with an answer. */
import { appendFileSync } from 'node:fs'
import type { ClientLine } from './invariants/client-log.ts'

export type WriteLine = (line: Omit<ClientLine, 'time'>) => void

export function recordTo(path: string): WriteLine {
  return (line) => appendFileSync(path, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`)
}
