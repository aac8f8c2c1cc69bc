import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { SkipReporter } from './tools/skip-reporter.ts'

// `unit` needs nothing but npm packages. `peers` talks to programs that are not on npm, or takes long; `peers-alone` holds
// what it does against a clock (leases, deadlines, how soon it goes on), so nothing else may run meanwhile.
const slow = ['packages/*/test/peers/**/*.test.ts', 'packages/*/test/packaging/**/*.test.ts']
const timed = [
  'packages/*/test/peers/faults/{clock-jump,disk-full,duties-*,kms-bad-days,postgres-lost,signatures,wallet-crowds}.test.ts',
]
const never = ['**/node_modules/**', '**/dist/**', '**/canary/**']

// Store threads begin by the thousand, and each would strip the types of its modules anew, by WebAssembly: that takes as long
// as the rest of a start, and so much code that comes and goes ends a process now and then
// (https://github.com/nodejs/node/issues/64500).
const env = { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)) }

// A file of tests waits half of its time for disks, children and timers: one file at a time leaves a third of two cores idle.
const maxWorkers = Math.max(2, availableParallelism() - 1)

// Counts for .ci/run. Named on the command line, a reporter would replace the ones below.
const report = process.env['TEST_REPORT']
const json = (outputFile: string): ['json', { outputFile: string }] => ['json', { outputFile }]

/** A condition that is waited for may take seconds on a busy machine; vitest gives it one. */
const common = { env, expect: { poll: { timeout: 10_000 } } }
const patient = { ...common, testTimeout: 120_000, hookTimeout: 300_000 }

export default defineConfig({
  test: {
    reporters: ['default', new SkipReporter(), ...(report === undefined ? [] : [json(report)])],
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: [...never, ...slow],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          ...patient,
          name: 'peers',
          include: slow,
          exclude: [...never, ...timed],
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...patient,
          name: 'peers-alone',
          include: timed,
          exclude: never,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
