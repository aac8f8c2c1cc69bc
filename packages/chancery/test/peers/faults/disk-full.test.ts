/** The disk of the store full under a working house: a tmpfs of a few megabytes, which only root may mount. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../../src/base/clock.ts'
import { roomForRefusals } from '../../../src/compose/disk-room.ts'
import { commitLimit } from '../../../src/core/recorder.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'
import { startRun, type SigningRun } from '../../faults/signing-run.ts'

let folder: string
let run: SigningRun | undefined
let mounted = false
const skipped = { milliseconds: 0 }
const clock: Clock = { now: () => Date.now(), monotonic: () => systemClock.monotonic() + skipped.milliseconds }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-disk-full-'))
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', join(folder, 'data')]).status === 0
  if (mounted) run = await startRun(folder, { roomForRefusals: roomForRefusals(join(folder, 'data'), clock) })
})

afterEach(async () => {
  await run?.close()
  run = undefined
  if (mounted) spawnSync('umount', [join(folder, 'data')])
  await rm(folder, { recursive: true, force: true })
})

const ballast = () => join(folder, 'data', 'ballast')

function fillTo(left: number): void {
  const { bavail, bsize } = statfsSync(join(folder, 'data'))
  writeFileSync(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - left)))
}

test(
  'nothing is signed without its record, the answer is disk-full within a second, and space is enough to go on',
  againstClock,
  async ({ skip }) => {
    if (run === undefined) return skip('mounting a tmpfs needs root')
    const { kms } = run.keys
    expect(await run.sign(kms, 0)).toBeUndefined()
    fillTo(200_000)
    const answers: { readonly code: string | undefined; readonly milliseconds: number; readonly signs: number }[] = []
    const signs = () => run?.emulator.calls.filter(({ operation }) => operation === 'Sign').length ?? 0
    for (let nonce = 1; nonce < 200 && answers.filter(({ code }) => code !== undefined).length < 20; nonce++) {
      const [before, began] = [signs(), performance.now()]
      const code = await run.sign(kms, nonce)
      answers.push({ code, milliseconds: performance.now() - began, signs: signs() - before })
    }
    const failed = answers.filter(({ code }) => code !== undefined)
    // A machine that stood still for so long has the answer of a store that says nothing.
    const late = failed.filter(({ code, milliseconds }) => code === 'in-doubt' && milliseconds >= commitLimit)
    const inTime = failed.filter((one) => !late.includes(one))
    expect(inTime).not.toEqual([])
    expect(inTime.filter(({ code }) => code !== 'disk-full')).toEqual([])
    // One may have had its attempt on record and no room for its signature: made, kept back, and made again below.
    expect(failed.reduce((sum, { signs: made }) => sum + made, 0)).toBeLessThanOrEqual(1 + late.length)
    expect(run.house.fatal).toEqual([])
    rmSync(ballast())
    await expect.poll(() => run?.sign(kms, 1_000), { timeout: 15_000 }).toBeUndefined()
    expect(run.check().findings).toEqual([])
    process.stdout.write(`disk full: ${inTime.length} answers of disk-full, ${late.length} in doubt\n`)
    expect(Math.max(...inTime.map(({ milliseconds }) => milliseconds)), tooSlow).toBeLessThan(1_000)
  },
)

test('at nine tenths refusals are no longer recorded, and signing goes on', async ({ skip }) => {
  if (run === undefined) return skip('mounting a tmpfs needs root')
  const house = run.house
  fillTo(600_000)
  skipped.milliseconds += 5_000
  const refused = () => run?.sign(run.keys.kms, 7, { value: '5000' })
  await expect
    .poll(async () => (await refused(), house.writer.status().dropped), { timeout: 10_000 })
    .toBeGreaterThan(0)
  expect(await run.sign(run.keys.kms, 8)).toBeUndefined()
})
