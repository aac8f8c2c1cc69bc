/** `npm run bench -- [suite …] [--json]`: ratios against what the machine can do, measured in the same run. */
import { parseArgs } from 'node:util'
import { table, type Row, type Suite } from './row.ts'
import { consensus } from './suites/consensus.ts'
import { ed25519 } from './suites/ed25519.ts'
import { evm } from './suites/evm.ts'
import { wallets } from './suites/wallets.ts'

const suites: readonly Suite[] = [evm, ed25519, consensus, wallets]

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  allowPositionals: true,
})

if (values.help === true) {
  process.stdout.write(
    `npm run bench -- [suite …] [--json]\n\n${suites.map(({ name, about }) => `  ${name}  ${about}`).join('\n')}\n`,
  )
} else {
  process.exitCode = await run(positionals.length === 0 ? suites.map(({ name }) => name) : positionals)
}

async function run(names: readonly string[]): Promise<number> {
  const rows: Row[] = []
  for (const name of names) {
    const suite = suites.find((one) => one.name === name)
    if (suite === undefined) {
      process.stderr.write(`There is no suite ${name}; there is ${suites.map((one) => one.name).join(', ')}\n`)
      return 2
    }
    rows.push(...(await suite.run((words) => void process.stderr.write(`${name}: ${words}\n`))))
  }
  process.stdout.write(
    values.json === true ? `${JSON.stringify(rows, undefined, 2)}\n` : `${table(rows)}\n${notes(rows)}`,
  )
  return rows.some(({ passed }) => passed === false) ? 1 : 0
}

function notes(rows: readonly Row[]): string {
  return rows.map((row) => (row.note === undefined ? '' : `${verdict(row)}${row.name}: ${row.note}\n`)).join('')
}

function verdict({ passed }: Row): string {
  if (passed === undefined) return ''
  return passed ? 'pass  ' : 'FAIL  '
}
