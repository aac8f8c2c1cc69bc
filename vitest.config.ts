import { defineConfig } from 'vitest/config'
import { SkipReporter } from './tools/skip-reporter.ts'

// `unit` needs nothing but npm packages. `peers` talks to programs that are not on npm, or takes long.
const slow = ['packages/*/test/peers/**/*.test.ts', 'packages/*/test/packaging/**/*.test.ts']
const never = ['**/node_modules/**', '**/dist/**', '**/canary/**']

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
        },
      },
      { test: { name: 'peers', include: slow, exclude: never, testTimeout: 120_000, hookTimeout: 300_000 } },
    ],
  },
})
