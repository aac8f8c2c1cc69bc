/** From words on a command line to a command and its exit status: 0 done, 1 refused or failed, 2 called wrongly. */
import { parseArgs } from 'node:util'
import { commonFlags, parseOptions, UsageError, type Command, type Given, type Terminal } from './command.ts'
import { helpOf, overview } from './help.ts'
import { nearest } from '../base/nearest.ts'
import { errorJson, errorText } from './errors.ts'

export async function main(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
  terminal: Terminal,
): Promise<number> {
  const [first] = argv
  if (first === '--version' || first === '-v') return print(terminal, version)
  if (first === undefined || asksForHelp(first)) return print(terminal, overview(commands, version))
  const group = asksForHelp(argv.at(-1)) ? groupOf(argv.slice(0, -1).join(' '), commands) : []
  if (group.length > 0) return print(terminal, overview(group, version))
  const json = argv.includes('--json')
  try {
    const command = find(argv, commands)
    const args = argv.slice(command.name.split(' ').length)
    if (!args.includes('--help')) refuseTakenByNpm(command, args, terminal.env)
    const given = parse(args, command)
    if (given.has('help')) return print(terminal, helpOf(command))
    return await command.run(given, terminal)
  } catch (error) {
    terminal.note(json ? errorJson(error, argv) : errorText(error, argv))
    return error instanceof UsageError ? 2 : 1
  }
}

/** A command that has others below it shows its own help. */
function groupOf(words: string, commands: readonly Command[]): readonly Command[] {
  if (commands.some(({ name }) => name === words)) return []
  return commands.filter(({ name }) => name.startsWith(`${words} `))
}

function asksForHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h' || word === 'help'
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text)
  return 0
}

function find(argv: readonly string[], commands: readonly Command[]): Command {
  for (const length of [3, 2, 1]) {
    const words = argv.slice(0, length).join(' ')
    const found = commands.find(({ name }) => name === words)
    if (found) return found
  }
  throw new UsageError(
    unknownCommand(
      argv,
      commands.map(({ name }) => name),
    ),
  )
}

function unknownCommand([first = '', second, ...rest]: readonly string[], names: readonly string[]): string {
  const both = `${first} ${second}`
  if (names.some((name) => name.startsWith(`${both} `))) return unknownCommand([both, ...rest], names)
  if (first.startsWith('-')) return `Flags come after the command: chancery <command> ${first}. See chancery --help`
  const below = names.filter((name) => name.startsWith(`${first} `))
  const typed = second === undefined ? first : `${first} ${second}`
  const meant = nearest(typed, below.length > 0 ? below : names) ?? nearest(first, names)
  if (below.length === 0) return `There is no command "${first}".${asked(meant)} See chancery --help`
  const all = below.map((name) => name.slice(first.length + 1)).join(', ')
  if (second === undefined || second.startsWith('-')) return `chancery ${first} needs one of: ${all}`
  return `There is no command "${typed}".${asked(meant) || ` After ${first} comes one of: ${all}`}`
}

function asked(meant: string | undefined): string {
  return meant === undefined ? '' : ` Did you mean "${meant}"?`
}

/** Names that npm has a setting of its own for, which somebody's .npmrc may set. */
const npmsOwn: ReadonlySet<string> = new Set(['help', 'json', 'key', 'version'])

/** `npm start --port 9100` gives the flag to npm, which keeps it, and says so in the environment only. */
function refuseTakenByNpm({ flags }: Command, args: readonly string[], env: Terminal['env']): void {
  const event = env['npm_lifecycle_event']
  const isGiven = (name: string) => args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))
  const isTaken = (name: string) =>
    !npmsOwn.has(name) && !isGiven(name) && env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined
  const taken = Object.keys({ ...commonFlags, ...flags }).find(isTaken)
  if (event === undefined || taken === undefined) return
  const script = event === 'start' ? 'npm start' : `npm run ${event}`
  throw new UsageError(`npm kept --${taken} for itself. Flags go after two dashes: ${script} -- --${taken} …`)
}

function parse(args: readonly string[], command: Command): Given {
  const flags = { ...commonFlags, ...command.flags }
  for (const arg of args) refuseUnknown(arg, Object.keys(flags))
  const { values, positionals } = parseStrictly(args, parseOptions(flags))
  const needed = command.takes.filter((name) => !name.startsWith('['))
  if (values['help'] !== true && positionals.length < needed.length) {
    throw new UsageError(
      `chancery ${command.name} needs ${needed[positionals.length]}. See chancery ${command.name} --help`,
    )
  }
  const extra = positionals[command.takes.length]
  if (extra !== undefined) throw new UsageError(unexpected(extra, command))
  const texts = (name: string) => [values[name] ?? []].flat().filter((value) => typeof value === 'string')
  return { words: positionals, texts, text: (name) => texts(name).at(-1), has: (name) => values[name] === true }
}

/** More flags than these are for the help to show. */
const fewFlags = 6

function unexpected(word: string, { name, takes, flags }: Command): string {
  const own = Object.entries(flags).map(([flag, { value }]) => `--${flag}${value === undefined ? '' : ` ${value}`}`)
  const named = own.length > fewFlags ? `flags, see chancery ${name} --help` : `flags: ${own.join(', ')}`
  const words = takes.join(' ')
  const allowed =
    own.length === 0 ? (words === '' ? 'no words' : `${words} only`) : [words, named].filter(Boolean).join(', and ')
  return `Unexpected "${word}": chancery ${name} takes ${allowed}`
}

function parseStrictly(args: readonly string[], options: ReturnType<typeof parseOptions>) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function refuseUnknown(arg: string, names: readonly string[]): void {
  if (!arg.startsWith('--') || arg === '--') return
  const name = arg.slice(2).split('=')[0] ?? ''
  if (names.includes(name)) return
  const meant = nearest(name, names)
  throw new UsageError(`There is no flag --${name} here.${meant ? ` Did you mean --${meant}?` : ''}`)
}
