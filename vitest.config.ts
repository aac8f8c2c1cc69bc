import { defineConfig } from 'vitest/config'
import { SkipReporter } from './tools/skip-reporter.ts'

// `unit` needs nothing but npm packages. `peers` talks to programs that are not on npm, or takes long.
const slow = ['packages/*/test/peers/**/*.test.ts', 'packages/*/test/packaging/**/*.test.ts']
const never = ['**/node_modules/**', '**/dist/**', '**/canary/**']

// Store threads begin and end by the hundred in one process of tests, and V8, where it guards the pages of its code by the
// processor's protection keys, may lose one of them then and end the process (https://github.com/nodejs/node/issues/64500).
const execArgv = ['--no-memory-protection-keys']

// Counts for .ci/run. Named on the command line, a reporter would replace the ones below.
const report = process.env['TEST_REPORT']
const json = (outputFile: string): ['json', { outputFile: string }] => ['json', { outputFile }]

export default defineConfig({
  test: {
    reporters: ['default', new SkipReporter(), ...(report === undefined ? [] : [json(report)])],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: [...never, ...slow],
          testTimeout: 20_000,
          execArgv,
        },
      },
      { test: { name: 'peers', include: slow, exclude: never, testTimeout: 120_000, hookTimeout: 300_000, execArgv } },
    ],
  },
})
