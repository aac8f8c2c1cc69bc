/** Memory of a process and all below it, as Linux counts it: what several share is divided among them (Pss). */
import { readFileSync } from 'node:fs'
import { childrenOf } from '../../packages/chancery/test/store/children.ts'

/** MiB. */
export function heldByAll(pid: number): number {
  return family(pid).reduce((sum, one) => sum + proportional(one), 0)
}

function family(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(family)]
}

function proportional(pid: number): number {
  const [, kilobytes] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}
