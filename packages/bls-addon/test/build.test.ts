import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const program = join(import.meta.dirname, '../src/build.ts')

describe('without a C compiler', () => {
  const build = (...flags: readonly string[]) =>
    spawnSync(process.execPath, [program, ...flags], { env: { PATH: '/nonexistent' }, encoding: 'utf8' })

  it('the build says so, and succeeds', () => {
    const { status, stdout } = build()
    expect(stdout).toMatch(/^No C compiler is here .* BLS keys sign with @chainsafe\/blst/)
    expect(status).toBe(0)
  })

  it('the build fails where it is required', () => {
    const { status, stderr } = build('--require')
    expect(stderr).toMatch(/^No C compiler is here/)
    expect(status).toBe(1)
  })
})
