/** Whether requests should come here, and how each part is. Truthful: a part that cannot be asked is not well. */
import { within, type Deadline } from '../base/deadline.ts'
import type { Health } from '../core/services.ts'

export interface Part {
  readonly name: string
  /** Resolves with a few words when well. @throws when not; the message is shown to operators. */
  check(deadline: Deadline): Promise<string>
}

export interface Readiness {
  /** Reasons not to send requests here; empty when there is none. */
  reasons(): readonly string[]
}

export function createHealth(parts: readonly Part[], readiness: Readiness): Health {
  return {
    ready: () => {
      const reasons = readiness.reasons()
      return { ready: reasons.length === 0, reasons }
    },
    parts: (deadline) => Promise.all(parts.map((part) => ask(part, deadline))),
  }
}

async function ask(part: Part, deadline: Deadline): Promise<{ name: string; ok: boolean; detail: string }> {
  try {
    return { name: part.name, ok: true, detail: await within(deadline, part.name, part.check(deadline)) }
  } catch (error) {
    return { name: part.name, ok: false, detail: error instanceof Error ? error.message : 'unknown' }
  }
}
