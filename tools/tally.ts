/**
 * Prints `passed failed skipped` of one report, and a line for each failure: vitest's JSON, that of `npm run check`, or the
 * tour's text. The second argument is the exit status of the program that wrote it: a report that contradicts it, or is not
 * there, counts one failure more.
 */
import { existsSync, readFileSync } from 'node:fs'

interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What failed, and why, where the report says it. */
  readonly failures: readonly string[]
}

interface Suites {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly TestFile[]
}

interface TestFile {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly assertionResults: readonly Test[]
}

interface Test {
  readonly status: string
  readonly fullName: string
  readonly failureMessages: readonly string[]
}

interface Checks {
  readonly passed: number
  readonly failed: number
  readonly checks: readonly { readonly name: string; readonly passed: boolean }[]
}

const firstLine = (text = ''): string => text.trim().split('\n')[0] ?? ''

function tallySuites({ testResults, ...counts }: Suites): Tally {
  return {
    passed: counts.numPassedTests,
    failed: counts.numFailedTests,
    skipped: counts.numPendingTests + counts.numTodoTests,
    failures: testResults.filter(({ status }) => status === 'failed').flatMap(failuresOf),
  }
}

/** A file that could not be read, or whose hooks failed, has a message of its own. */
function failuresOf({ name, message, assertionResults }: TestFile): readonly string[] {
  const tests = assertionResults.filter(({ status }) => status === 'failed')
  const lines = tests.map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages[0])}`)
  const all = message === '' ? lines : [firstLine(message), ...lines]
  return (all.length === 0 ? ['failed in a hook'] : all).map((line) => `${name}: ${line}`)
}

function tallyChecks({ passed, failed, checks }: Checks): Tally {
  const failures = checks.filter((check) => !check.passed).map(({ name }) => name)
  return { passed, failed, skipped: 0, failures }
}

function tallyTour(text: string): Tally {
  const [, passed, all] = /^tour: (\d+)\/(\d+) steps passed$/m.exec(text) ?? []
  const failures = text.split('\n').filter((line) => line.startsWith('✗'))
  return { passed: Number(passed ?? 0), failed: Number(all ?? 1) - Number(passed ?? 0), skipped: 0, failures }
}

function tally(file: string): Tally {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0, failures: [] }
  const text = readFileSync(file, 'utf8')
  if (!file.endsWith('.json')) return tallyTour(text)
  const report = JSON.parse(text) as Suites | Checks
  return 'checks' in report ? tallyChecks(report) : tallySuites(report)
}

const [file = '', status = '1'] = process.argv.slice(2)
const { passed, failed, skipped, failures } = tally(file)
const unexplained = failed === 0 && (status !== '0' || passed === 0)
console.log(`${passed} ${failed + (unexplained ? 1 : 0)} ${skipped}`)
for (const failure of failures) console.log(failure)
// Those two are what `timeout` ends with.
if (['124', '137'].includes(status)) console.log(`ended at its time limit, with status ${status}`)
else if (unexplained || failures.length < failed) console.log(`ended with status ${status}: see above`)
