/** Help, made from the commands' own data. */
import { commonFlags, type Command, type Flags } from './command.ts'

const program = 'chancery'

export function overview(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  const rows = commands.map(({ name, about }) => `  ${name.padEnd(width)}${about}`)
  return [
    `${program} ${version}: a self-hosted signing service`,
    '',
    `Usage: ${program} <command> [flags]`,
    '',
    ...rows,
    '',
    'Examples:',
    ...examplesOf(commands).map((example) => `  ${example}`),
    '',
    `${program} <command> --help shows flags and more examples. Every command that prints data takes --json.`,
  ].join('\n')
}

const mostExamples = 3

/** The first of each kind; of one kind, the first of each of its commands; of one command, its own. */
function examplesOf(commands: readonly Command[]): readonly string[] {
  const kinds = [...Map.groupBy(commands, ({ name }) => name.split(' ')[0]).values()]
  const leading = kinds.length > 1 ? kinds.flatMap(([first]) => first ?? []) : commands
  const shown = leading.flatMap(({ examples }) => (leading.length > 1 ? examples.slice(0, 1) : examples))
  return shown.slice(0, mostExamples)
}

export function helpOf({ name, about, takes, flags, examples }: Command): string {
  return [
    `${program} ${name}: ${about}`,
    '',
    `Usage: ${[program, name, ...takes].join(' ')} [flags]`,
    '',
    ...flagRows({ ...flags, ...commonFlags }),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n')
}

function flagRows(flags: Flags): readonly string[] {
  const rows = Object.entries(flags).map(
    ([name, { value, about }]) => [`--${name}${value ? ` ${value}` : ''}`, about] as const,
  )
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, about]) => `  ${left.padEnd(width)}${about}`)
}
