import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import { coreFilesExamination, examineAll } from '../../src/health/doctor.ts'

const folder = mkdtempSync(join(tmpdir(), 'chancery-doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

const examine = (limits: string) => coreFilesExamination(limits).examine(deadlineIn(30_000, systemClock))

function saved(text: string): string {
  const path = join(folder, 'limits')
  writeFileSync(path, text)
  return path
}

describe('core files', () => {
  const line = (soft: string) =>
    saved(`Limit  Soft Limit  Hard Limit  Units\nMax core file size   ${soft}   unlimited   bytes\n`)

  test.each([
    ['unlimited', 'of any size'],
    ['1048576', 'up to 1048576 bytes'],
  ])('of %s are warned of, with what to do', async (soft, got) => {
    const [finding] = await examine(line(soft))
    expect(finding).toMatchObject({ level: 'warning', got, advice: expect.stringContaining('LimitCORE=0') })
  })

  test('are fine when there are none, whatever the hard limit is', async () => {
    expect(await examine(line('0'))).toEqual([{ subject: 'core files', level: 'ok', got: 'none are written' }])
  })

  test('are not spoken of where the system does not tell', async () => {
    expect(await examine(join(folder, 'none'))).toEqual([])
  })

  test.runIf(existsSync('/proc/self/limits'))('are read from what Linux writes', async () => {
    const limits = (soft: string) =>
      execFileSync('sh', ['-c', `ulimit -S -c ${soft}; cat /proc/self/limits`]).toString()
    expect(await examine(saved(limits('0')))).toMatchObject([{ level: 'ok' }])
    expect(await examine(saved(limits('unlimited')))).toMatchObject([{ level: 'warning' }])
  })
})

describe('what an examination throws', () => {
  const failing = (name: string, error: unknown) => ({ name, examine: () => Promise.reject(error) })
  const found = async (error: unknown, name = 'node of eip155:1') =>
    (await examineAll([failing(name, error)], deadlineIn(30_000, systemClock)))[0]

  test('of a node that took no question comes with what to look at', async () => {
    const particulars = { got: 'node.example: status 401' }
    const error = new Failed('node-refused', 'The node did not take the question', { particulars })
    expect((await found(error))?.advice).toContain('password')
  })

  test('is told with its particulars', async () => {
    const particulars = { got: 'rpc.example: connect ECONNREFUSED' }
    expect(await found(new Failed('node-unavailable', 'No node answered', { particulars }))).toEqual({
      subject: 'node of eip155:1',
      level: 'problem',
      got: 'No node answered (got rpc.example: connect ECONNREFUSED)',
      advice: expect.stringContaining('rpc URLs'),
    })
    const stranger = new Refused('wrong-network', 'The node serves another chain', { got: '0x2', wanted: '0x1' })
    expect(await found(stranger)).toMatchObject({ got: 'The node serves another chain (got 0x2, wanted 0x1)' })
  })

  test('is told with its own hint, where it has one', async () => {
    expect(await found(new Refused('denied', 'No', { hint: 'Ask' }))).toMatchObject({ got: 'No', advice: 'Ask' })
  })

  test.each([new Error('boom'), 'boom'])('has an advice whatever it is: %s', async (error) => {
    const finding = await found(error, 'keys')
    expect(finding).toMatchObject({ subject: 'keys', advice: "Look for the reason in the service's log" })
  })

  test('or the time it did not keep to, hiding nothing else', async () => {
    const hanging = { name: 'keys', examine: () => new Promise<never>(() => {}) }
    const findings = await examineAll([hanging, coreFilesExamination()], deadlineIn(20, systemClock))
    expect(findings[0]).toMatchObject({ subject: 'keys', advice: expect.stringContaining('reaches the other side') })
  })
})
