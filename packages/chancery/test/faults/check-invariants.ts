/**
 * `node check-invariants.ts --store <file> [--witness <file>] [--clients <log>]… [--backend <log>]… [--skew <ms>] [--json]`
 *
 * Prints each finding by name, then one line of what was looked at. Exit status 0 only when nothing was found.
 */
import { parseArgs } from 'node:util'
import { checkFiles, verdictLine } from './invariants/check.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    witness: { type: 'string' },
    clients: { type: 'string', multiple: true },
    backend: { type: 'string', multiple: true },
    skew: { type: 'string' },
    json: { type: 'boolean' },
  },
})

if (values.store === undefined) throw new Error('which store? --store <file>')
const verdict = checkFiles({
  store: values.store,
  clients: values.clients ?? [],
  backends: values.backend ?? [],
  skew: Number(values.skew ?? 0),
  ...(values.witness === undefined ? {} : { witness: values.witness }),
})
const lines = verdict.findings.map(({ invariant, name, detail }) => `${invariant} ${name}: ${detail}`)
process.stdout.write(
  values.json === true ? `${JSON.stringify(verdict)}\n` : `${[...lines, verdictLine(verdict)].join('\n')}\n`,
)
process.exitCode = verdict.findings.length === 0 ? 0 : 1
