/** `chancery rules …`: what a key may do, as a document. */
import type { Rules } from '@chancery/client'
import { parseYaml } from '../config/yaml.ts'
import type { Command } from './command.ts'
import { connect } from './connection.ts'
import { readText, wholeNumber } from './reading.ts'

const show: Command = {
  name: 'rules show',
  about: "Print a key's rules and their version",
  takes: ['<key>'],
  flags: {},
  examples: ['chancery rules show treasury', 'chancery rules show treasury --json > treasury.rules.json'],
  run: async (given, terminal) => {
    const { version, value } = await connect(given, terminal).rules.get(given.words[0] ?? '')
    terminal.out(JSON.stringify(value, undefined, 2))
    terminal.note(`version ${version}`)
    return 0
  },
}

const put: Command = {
  name: 'rules put',
  about: "Replace a key's rules with a JSON or YAML file; - reads standard input",
  takes: ['<key>', '<file>'],
  flags: { version: { type: 'string', value: '<n>', about: 'The version replaced (default: the newest)' } },
  examples: [
    'chancery rules put treasury treasury.rules.yaml',
    'chancery rules put treasury - --version 3 < treasury.rules.json',
  ],
  run: async (given, terminal) => {
    const [key = '', file = ''] = given.words
    const client = connect(given, terminal)
    const text = file === '-' ? await terminal.stdin() : await readText(file, terminal)
    const newest = given.text('version') !== undefined ? 0 : (await client.rules.get(key)).version
    const version = wholeNumber(given, 'version', newest, 0, Number.MAX_SAFE_INTEGER)
    // The service judges what it says: a refusal there names the member, and the right name for a wrong one.
    const rules = parseYaml(text, file) as unknown as Rules
    const made = await client.rules.put(key, rules, version)
    terminal.out(given.has('json') ? JSON.stringify(made) : `Rules of ${key} are version ${made.version}`)
    // A document is the whole: what it leaves out is taken back.
    if ((made.value.operations ?? []).length === 0) terminal.note(`They name no operation: ${key} may do nothing`)
    return 0
  },
}

export const ruleCommands: readonly Command[] = [show, put]
