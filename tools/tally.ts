/**
 * Prints `passed failed skipped` of one report: vitest's JSON, that of `npm run check`, or the tour's text. The second
 * argument is the exit status of the program that wrote it: a report that contradicts it counts one failure more.
 */
import { existsSync, readFileSync } from 'node:fs'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

function tallyJson(report: Record<string, unknown>): Tally {
  if ('checks' in report) return { passed: number(report['passed']), failed: number(report['failed']), skipped: 0 }
  return {
    passed: number(report['numPassedTests']),
    failed: number(report['numFailedTests']),
    skipped: number(report['numPendingTests']) + number(report['numTodoTests']),
  }
}

function tallyTour(text: string): Tally {
  const [, passed, all] = /^tour: (\d+)\/(\d+) steps passed$/m.exec(text) ?? []
  return { passed: Number(passed ?? 0), failed: Number(all ?? 1) - Number(passed ?? 0), skipped: 0 }
}

function tally(file: string): Tally {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.json') ? tallyJson(JSON.parse(text) as Record<string, unknown>) : tallyTour(text)
}

const [file = '', status = '1'] = process.argv.slice(2)
const { passed, failed, skipped } = tally(file)
const unexplained = failed === 0 && (status !== '0' || passed === 0) ? 1 : 0
console.log(`${passed} ${failed + unexplained} ${skipped}`)
