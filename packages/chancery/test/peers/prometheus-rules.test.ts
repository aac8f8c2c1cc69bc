/** The alerts of deploy/ as Prometheus understands them: `promtool`, of Debian's package `prometheus`, runs their tests. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../../../deploy/prometheus/', import.meta.url))
const available = spawnSync('promtool', ['--version']).status === 0
const promtool = (...words: readonly string[]) => spawnSync('promtool', words, { cwd: folder, encoding: 'utf8' })

beforeEach(({ skip }) => {
  if (!available) skip('needs promtool, of the Debian package prometheus')
})

test('promtool reads the alerts', () => {
  const { status, stdout, stderr } = promtool('check', 'rules', 'validators.rules.yml')
  expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 })
})

test('each fires on what it is for, and none while all is well', () => {
  const { status, stdout, stderr } = promtool('test', 'rules', 'validators.rules.test.yml')
  expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 })
})
