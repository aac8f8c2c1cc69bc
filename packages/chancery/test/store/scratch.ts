import { existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const enough = 2 ** 30

/**
 * A new directory, in memory where there is room: hundreds of stores that each wait for a disk make minutes. What a
 * killed process leaves behind is the same in both; nothing here tests a power cut.
 */
export function scratchDirectory(): string {
  return mkdtempSync(join(roomy() ? memory : tmpdir(), 'chancery-store-'))
}

function roomy(): boolean {
  if (!existsSync(memory)) return false
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > enough
}
