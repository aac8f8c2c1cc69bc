/** Which program signs and imports for which algorithm, and what it may do. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Algorithm } from '../../core/key.ts'
import type { Rights } from '../../signers/child.ts'

export interface Program {
  readonly sign: URL
  readonly import: URL
  /** A process for every core, started with the first key; absent: started at once, as many as were asked for. */
  readonly late?: true
  rights(): Rights
}

const ordinary: Program = {
  sign: new URL('./process.ts', import.meta.url),
  import: new URL('./process.ts', import.meta.url),
  rights: () => ({}),
}

/** Signing fills the cores: without the niceness, requests would wait behind it for a turn (measured: 5 is best). */
const bls: Program = {
  sign: new URL('./bls/process.ts', import.meta.url),
  import: new URL('./bls/import-process.ts', import.meta.url),
  late: true,
  rights: () => ({ addons: true, read: addonFolder(), niceness: 5 }),
}

export const programs: readonly Program[] = [ordinary, bls]

export function programOf(algorithm: Algorithm): Program {
  return algorithm === 'bls12-381' ? bls : ordinary
}

/** The addon, where it was built, by code that this processor has: what may not be read is not loaded. */
function addonFolder(): readonly string[] {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('@chancery/bls-addon/package.json'))
    return existsSync(join(folder, 'build/blst.node')) && runsHere(folder) ? [folder] : []
  } catch {
    return []
  }
}

function runsHere(folder: string): boolean {
  const built: unknown = JSON.parse(readFileSync(join(folder, 'build/about.json'), 'utf8'))
  const needsAdx = typeof built === 'object' && built !== null && 'code' in built && built.code === 'adx'
  return !needsAdx || /\badx\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))
}
