/** What an operator should know and do. Each finding says what was got, and what to do about it. */
import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { atMost, within, type Deadline } from '../base/deadline.ts'
import type { Finding } from '../core/services.ts'
import { problemFrom } from './finding.ts'

export interface Examination {
  readonly name: string
  /** Findings about one subject. What it throws becomes a finding. */
  examine(deadline: Deadline): Promise<readonly Finding[]>
}

const patience = 5_000

/** Runs everything at once; each examination has five seconds. */
export async function examineAll(
  examinations: readonly Examination[],
  deadline: Deadline,
): Promise<readonly Finding[]> {
  const found = await Promise.all(examinations.map((one) => examineOne(one, atMost(deadline, patience))))
  return found.flat()
}

async function examineOne({ name, examine }: Examination, deadline: Deadline): Promise<readonly Finding[]> {
  try {
    return await within(deadline, name, examine(deadline))
  } catch (error) {
    return [problemFrom(name, error)]
  }
}

/** Safety rule 8: beyond two seconds there are no approvals, windows or prunes. */
export function clockExamination(clock: Clock, storeTime: (deadline: Deadline) => Promise<number>): Examination {
  return {
    name: 'clock',
    examine: async (deadline) => {
      const apart = Math.abs((await storeTime(deadline)) - clock.now())
      const got = `${apart} ms apart from the store`
      if (apart <= 2_000) return [{ subject: 'clock', level: 'ok', got }]
      return [
        {
          subject: 'clock',
          level: 'problem',
          got,
          advice: 'Synchronise the clocks of this machine and the store (NTP)',
        },
      ]
    },
  }
}

/** A page of a signer process that was swapped out lies on a disk. */
export const swapExamination: Examination = {
  name: 'swap',
  examine: async () => {
    const lines = (await readFile('/proc/swaps', 'utf8').catch(() => '')).trim().split('\n').slice(1)
    if (lines.length === 0) return [{ subject: 'swap', level: 'ok', got: 'no swap in use' }]
    const got = `${lines.length} swap area${lines.length === 1 ? '' : 's'}`
    return [
      {
        subject: 'swap',
        level: 'warning',
        got,
        advice: 'Turn swap off (swapoff -a) or encrypt it: memory with keys may reach it',
      },
    ]
  },
}

/**
 * A core file is a copy of all memory, what is derived from the key-encryption key included. Signer processes write none
 * whatever the limit is. https://man7.org/linux/man-pages/man5/core.5.html
 */
export function coreFilesExamination(limits = '/proc/self/limits'): Examination {
  return {
    name: 'core files',
    examine: async () => {
      const text = await readFile(limits, 'utf8').catch(() => '')
      const size = /^Max core file size +(\S+)/m.exec(text)?.[1]
      // Only Linux tells.
      if (size === undefined) return []
      if (size === '0') return [{ subject: 'core files', level: 'ok', got: 'none are written' }]
      const advice =
        'Start the service with LimitCORE=0 (systemd), ulimit -c 0 or --ulimit core=0 (Docker): a core file holds its secrets'
      const got = size === 'unlimited' ? 'of any size' : `up to ${size} bytes`
      return [{ subject: 'core files', level: 'warning', got, advice }]
    },
  }
}

/** Files that must be readable by their owner alone. */
export function permissionsExamination(paths: readonly string[]): Examination {
  return { name: 'permissions', examine: async () => (await Promise.all(paths.map(permissionsOf))).flat() }
}

async function permissionsOf(path: string): Promise<readonly Finding[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return []
  const mode = (found.mode & 0o777).toString(8)
  if ((found.mode & 0o077) === 0) return [{ subject: 'permissions', level: 'ok', got: `${path} ${mode}` }]
  const wanted = found.isDirectory() ? '700' : '600'
  return [{ subject: 'permissions', level: 'problem', got: `${path} ${mode}`, advice: `chmod ${wanted} ${path}` }]
}
