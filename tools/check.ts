import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { blindSpots } from './canaries.ts'
import { clearedCheck } from './checks/cleared.ts'
import { deadCodeCheck } from './checks/dead-code.ts'
import { dependenciesCheck } from './checks/dependencies.ts'
import { exportsCheck } from './checks/exports.ts'
import { formatCheck } from './checks/format.ts'
import { layersCheck } from './checks/layers.ts'
import { lengthCheck } from './checks/length.ts'
import { lintCheck } from './checks/lint.ts'
import { openApiCheck } from './checks/openapi.ts'
import { packageCheck } from './checks/package.ts'
import { plugInsCheck } from './checks/plug-ins.ts'
import { readmeCheck } from './checks/readme.ts'
import { typesCheck } from './checks/types.ts'
import { wordsCheck } from './checks/words.ts'
import { place, type Check, type Finding } from './finding.ts'

const checks: readonly Check[] = [
  typesCheck,
  lintCheck,
  formatCheck,
  deadCodeCheck,
  dependenciesCheck,
  layersCheck,
  plugInsCheck,
  clearedCheck,
  lengthCheck,
  exportsCheck,
  openApiCheck,
  packageCheck,
  readmeCheck,
  wordsCheck,
]

const usage = `npm run check -- [--json] [--report file] [names…]

Judges the sources. Each check first has to report every bad file planted for it, so that a check that reads nothing
fails. --json prints one document instead of lines, --report writes it to a file as well. Names: ${checks.map(({ name }) => name).join(', ')}.`

interface Verdict {
  name: string
  passed: boolean
  looked: string
  seconds: number
  problems: string[]
  findings: readonly Finding[]
}

async function judge(check: Check): Promise<Verdict> {
  const started = performance.now()
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10
  try {
    const { missed, wrong } = await blindSpots(check)
    const { count, of, findings } = await check.run()
    const problems = [
      ...missed.map((at) => `its canary was not reported: ${at}`),
      ...wrong.map((at) => `it reported a good line of its canary: ${at}`),
      ...(count === 0 ? ['it looked at nothing'] : []),
    ]
    const passed = problems.length === 0 && findings.length === 0
    return { name: check.name, passed, looked: `${count} ${of}`, seconds: seconds(), problems, findings }
  } catch (error) {
    const problem = `it could not run: ${error instanceof Error ? error.message : String(error)}`
    return { name: check.name, passed: false, looked: 'nothing', seconds: seconds(), problems: [problem], findings: [] }
  }
}

function print({ name, passed, looked, seconds, problems, findings }: Verdict): void {
  const sum = passed ? '' : `: ${findings.length + problems.length} findings`
  console.log(`${passed ? 'pass' : 'FAIL'}  ${name.padEnd(12)} ${looked} (${seconds} s)${sum}`)
  for (const problem of problems) console.log(`      ${problem}`)
  for (const finding of findings) console.log(`      ${place(finding)} ${finding.message}`)
}

const options = {
  json: { type: 'boolean' },
  report: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(): Promise<number> {
  const { values, positionals: names } = parseArgs({ options, allowPositionals: true })
  const unknown = names.filter((name) => !checks.some((check) => check.name === name))
  if (values.help || unknown.length > 0) {
    console.log(unknown.length > 0 ? `No check is named ${unknown.join(', ')}.\n\n${usage}` : usage)
    return unknown.length > 0 ? 2 : 0
  }
  const chosen = checks.filter(({ name }) => names.length === 0 || names.includes(name))
  const verdicts = await judgeAll(chosen, values.json ? () => {} : print)
  const failed = verdicts.filter(({ passed }) => !passed).length
  const document = JSON.stringify({ passed: verdicts.length - failed, failed, checks: verdicts })
  if (values.report !== undefined) writeFileSync(values.report, document)
  console.log(values.json ? document : `check: ${verdicts.length - failed}/${verdicts.length} passed`)
  return failed === 0 ? 0 : 1
}

/** One after the other: several of them start programs that use every core. */
async function judgeAll(chosen: readonly Check[], tell: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const check of chosen) {
    const verdict = await judge(check)
    tell(verdict)
    verdicts.push(verdict)
  }
  return verdicts
}

process.exitCode = await main()
