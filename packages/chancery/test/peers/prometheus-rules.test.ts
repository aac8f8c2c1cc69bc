/** The alerts of deploy/ as Prometheus understands them: `promtool`, of Debian's package `prometheus`, runs their tests. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'

const folder = fileURLToPath(new URL('../../../../deploy/prometheus/', import.meta.url))
const available = spawnSync('promtool', ['--version']).status === 0
const promtool = (...words: readonly string[]) => spawnSync('promtool', words, { cwd: folder, encoding: 'utf8' })

beforeEach(({ skip }) => {
  if (!available) skip('needs promtool, of the Debian package prometheus')
})

test.each(['validators.rules.yml', 'wallets.rules.yml'])('promtool reads %s', (file) => {
  const { status, stdout, stderr } = promtool('check', 'rules', file)
  expect(status, stdout + stderr).toBe(0)
})

test.each(['validators.rules.test.yml', 'wallets.rules.test.yml', 'wallets-baseline.rules.test.yml'])(
  'each fires on what it is for, and none while all is well: %s',
  (file) => {
    const { status, stdout, stderr } = promtool('test', 'rules', file)
    expect(status, stdout + stderr).toBe(0)
  },
)

test('what the CloudWatch agent and the collector scrape is a configuration of Prometheus', () => {
  const read = (file: string) => readFileSync(join(folder, '..', 'cloudwatch', file), 'utf8')
  const collector: { receivers: { prometheus: { config: unknown } } } = parse(read('collector.yml'))
  const scratch = mkdtempSync(join(tmpdir(), 'chancery-scrape-'))
  try {
    for (const text of [read('scrape.yml'), stringify(collector.receivers.prometheus.config)]) {
      const file = join(scratch, 'prometheus.yml')
      writeFileSync(file, text)
      const { status, stdout, stderr } = promtool('check', 'config', file)
      expect(status, stdout + stderr).toBe(0)
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
})
