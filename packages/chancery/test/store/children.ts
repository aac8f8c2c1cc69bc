/** Processes that another started. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

export function childrenOf(pid: number): readonly number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.flatMap((name) => (parentOf(Number(name)) === pid ? [Number(name)] : []))
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the fourth field, after a name in brackets. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
