import { describe, expect, test } from 'vitest'
import type { Command } from '../../src/cli/command.ts'
import { commandsOf } from '../../src/cli/commands.ts'
import { chancery } from './terminal.ts'

const commands = commandsOf('1.2.3')

/** Parsed as they are, and then not carried out. */
const idle: readonly Command[] = commands.map((command) => ({ ...command, run: async () => 0 }))

/** A line as a shell reads it: quotes, and nothing after a redirection. */
function wordsOf(example: string): readonly string[] {
  const [line = ''] = example.split(/ [<>] /)
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
}

describe.each(commands.map((command) => [command.name, command] as const))(
  'chancery %s',
  (name, { examples, about }) => {
    test('has help that says what it does, its flags and examples', async () => {
      const { status, out } = await chancery([...name.split(' '), '--help'])
      expect(status).toBe(0)
      expect(out).toContain(about)
      expect(out).toContain('--json')
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(out).toContain(example)
    })

    test.each(examples)('parses its example: %s', async (example) => {
      const [program, ...args] = wordsOf(example)
      expect(program).toBe('chancery')
      expect(await chancery(args, { commands: idle })).toEqual({ status: 0, out: '', notes: '' })
    })
  },
)

test.each([[[]], [['--help']], [['help']], [['-h']]])('%j shows every command', async (args) => {
  const { status, out } = await chancery(args)
  expect(status).toBe(0)
  for (const { name, about } of commands)
    expect(out).toMatch(new RegExp(`^  ${name} +${about.replace(/[()]/g, '.')}$`, 'm'))
})

const kinds = new Set(commands.filter(({ name }) => name.includes(' ')).map(({ name }) => name.replace(/ .*/, '')))

describe.each(['', ...kinds])('chancery %s --help', (name) => {
  const kind = name === '' ? [] : [name]
  const examplesIn = (help: string) => [...(help.split('\nExamples:\n')[1] ?? '').matchAll(/^ {2}(chancery .+)$/gm)]

  test('shows two or three examples, all of that kind, that parse', async () => {
    const { out } = await chancery([...kind, '--help'])
    const examples = examplesIn(out).map(([, example = '']) => wordsOf(example).slice(1))
    expect(new Set(examples.map((words) => words.join(' '))).size).toBeGreaterThanOrEqual(2)
    expect(examples.length).toBeLessThanOrEqual(3)
    for (const words of examples) {
      expect(words.slice(0, kind.length)).toEqual(kind)
      expect(await chancery(words, { commands: idle })).toEqual({ status: 0, out: '', notes: '' })
    }
  })
})

test.each([
  ['keys', '--help'],
  ['keys', 'help'],
  ['keys', '-h'],
])('%s %s shows the commands of that kind', async (...args) => {
  const { status, out } = await chancery(args)
  expect(status).toBe(0)
  expect(out).toContain('keys create')
  expect(out).not.toContain('clients create')
})

test('no two commands share a name, and none hides another', () => {
  const names = commands.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  // Web3Signer's own: a command with others below it, which takes no words that could be theirs.
  expect(names.filter((name) => name !== 'eth2' && names.some((other) => other.startsWith(`${name} `)))).toEqual([])
})

test('--version', async () => {
  expect(await chancery(['--version'])).toEqual({ status: 0, out: '1.2.3', notes: '' })
})
