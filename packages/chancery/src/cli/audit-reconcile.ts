/** `chancery audit reconcile`: what AWS says was done with the keys, against what the register says. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Reconciled } from '../compose.ts'
import { UsageError, type Command, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { printable } from './entry-line.ts'
import { wholeNumber } from './reading.ts'

export const auditReconcile: Command = {
  name: 'audit reconcile',
  about: "Hold AWS CloudTrail's log against the register; exit status 1 when anything does not fit",
  takes: [],
  flags: {
    cloudtrail: { type: 'string', value: '<file>', about: 'A log file of CloudTrail, or a folder', multiple: true },
    export: { type: 'string', value: '<file>', about: 'Use an export instead of the running service' },
    within: { type: 'string', value: '<seconds>', about: 'Without a request id, how far apart is one (default: 10)' },
    from: { type: 'string', value: '<time>', about: 'Since when the files are whole (default: their first record)' },
    to: { type: 'string', value: '<time>', about: 'Until when (default: their last record)' },
    'key-encryption-key': { type: 'string', value: '<arn>', about: 'The KMS key around the key-encryption key' },
  },
  examples: [
    'chancery audit reconcile --cloudtrail ./AWSLogs',
    'chancery audit reconcile --cloudtrail today.json.gz --cloudtrail yesterday.json.gz --json',
    'chancery audit reconcile --cloudtrail events.json --export register.jsonl',
  ],
  run: async (given, terminal) => {
    const trails = given.texts('cloudtrail').map((path) => resolve(terminal.cwd, path))
    if (trails.length === 0) throw new UsageError('Name the log: --cloudtrail <file>')
    const options = optionsIn(given)
    const { reconcile } = await import('../compose.ts')
    const found = await withExport(given, terminal, (exported) => reconcile({ exported, trails, ...options }))
    if (given.has('json')) terminal.out(JSON.stringify(found, undefined, 2))
    else for (const line of linesOf(found)) terminal.out(line)
    return found.calls.stray.length + found.attempts.stray.length === 0 ? 0 : 1
  },
}

function optionsIn(given: Given) {
  const [keyEncryptionKey, from, to] = [
    given.text('key-encryption-key'),
    timeGiven(given, 'from'),
    timeGiven(given, 'to'),
  ]
  return {
    within: wholeNumber(given, 'within', 10, 1, 86_400),
    ...(keyEncryptionKey !== undefined && { keyEncryptionKey }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}

function timeGiven(given: Given, flag: string): number | undefined {
  const text = given.text(flag)
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (time >= 0) return time
  throw new UsageError(`--${flag} is a time such as 2026-11-21T12:00:00Z, got ${text}`)
}

/** The service's own export is written beside nothing else, and taken away again. */
async function withExport<T>(given: Given, terminal: Terminal, work: (path: string) => Promise<T>): Promise<T> {
  const exported = given.text('export')
  if (exported !== undefined) return work(resolve(terminal.cwd, exported))
  const folder = await mkdtemp(join(tmpdir(), 'chancery-reconcile-'))
  try {
    const { path } = await connect(given, terminal).register.export(join(folder, 'register.jsonl'))
    return await work(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function linesOf({ period, records, keys, calls, attempts, principals }: Reconciled): readonly string[] {
  return [
    ...calls.stray.map((call) => `CALL WITHOUT AN ENTRY  ${callLine(call)}`),
    ...attempts.stray.map(
      (one) => `ENTRY WITHOUT A CALL   ${[one.time, one.attempt, one.key, one.finding].join('  ')}`,
    ),
    ...Object.entries(principals).map(([name, count]) => `${count} calls that fit were made by ${printable(name)}`),
    `${records} records${period === undefined ? '' : ` from ${period.from} to ${period.to}`}, ${keys} keys in AWS`,
    `${calls.total} calls: ${calls.matched} have an entry, ${calls.stray.length} have none (${calls.looks} more only looked)`,
    `${attempts.total} uses on record: ${attempts.matched} have their call, ${attempts.stray.length} have none` +
      ` (${attempts.outside} more are not in the files' time)`,
  ]
}

function callLine(call: Reconciled['calls']['stray'][number]): string {
  const { time, operation, keys, names, principal, source, requestId, error, finding } = call
  const key = keys.length === 1 ? (keys[0] ?? '') : (names[0] ?? '')
  const answered = error === undefined ? '' : ` (answered with ${error})`
  const said = [time, operation + answered, key, `by ${principal}`, `from ${source}`, `request ${requestId}`, finding]
  return printable(said.join('  '))
}
