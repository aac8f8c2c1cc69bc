import { describe, expect, test } from 'vitest'
import { deadlineIn } from '../../src/base/deadline.ts'
import { systemClock } from '../../src/base/clock.ts'
import { configurationExamination } from '../../src/compose/configuration-examination.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Finding } from '../../src/core/services.ts'

async function findingsWith(flags: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const config = loadConfig({ flags, env: { HOME: '/nowhere' }, cwd: '/nowhere' })
  return configurationExamination(config).examine(deadlineIn(30_000, systemClock))
}

describe('the listener', () => {
  test.each(['127.0.0.1', '::1', 'localhost'])('on %s is well', async (host) => {
    expect(await findingsWith({ host })).toContainEqual({ subject: 'listener', level: 'ok', got: `on ${host}` })
  })

  test('beyond loopback it speaks plain HTTP, and a warning says so', async () => {
    const findings = await findingsWith({ host: '0.0.0.0' })
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'listener', level: 'warning', advice: expect.stringContaining('TLS') }),
    )
  })
})

test('a key file the service makes is a warning, one of the operator is not', async () => {
  const levels = async (flags: Readonly<Record<string, string>>) =>
    (await findingsWith(flags)).filter(({ subject }) => subject === 'key-encryption key').map(({ level }) => level)
  expect(await levels({})).toEqual(['warning'])
  expect(await levels({ 'key-file': '/elsewhere/key' })).toEqual(['ok'])
})
