/** `chancery …` at a pseudo-terminal, with somebody who reads what is asked and types. */
import { converse, type Ran } from '../child.ts'
import { starting, type Home } from '../service.ts'

/** Everything that is asked here ends in one of these; a question that is new to us makes the step run out of time. */
const question = /(?:Word \d+|The 25 words|Type the name of the key to delete \(\S+\)): $|\(yes\/no\) $/

/** What readline writes besides text. */
// eslint-disable-next-line no-control-regex -- a terminal is spoken to in control characters
const controls = /\u001b\[[0-9;]*[A-Za-z]/g

/**
 * `script` is of util-linux, so it is there. The terminal echoes, as terminals do: that a secret is not shown is for the
 * program to see to.
 */
export function atTerminal(
  home: Home,
  args: readonly string[],
  answer: (question: string, shown: string) => string,
): Promise<Ran> {
  const { command, args: all, cwd, env } = starting(home, args)
  const line = [command, ...all].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  let answered = 0
  return converse(
    {
      command: 'script',
      args: ['--quiet', '--return', '--flush', '--echo', 'always', '--command', `exec ${line}`, '/dev/null'],
      cwd,
      env: { ...env, SHELL: '/bin/sh', TERM: 'xterm' },
    },
    (shown) => {
      const asked = question.exec(shown.slice(answered).replaceAll(controls, ''))
      if (asked === null) return undefined
      answered = shown.length
      return `${answer(asked[0], shown.replaceAll(controls, ''))}\r`
    },
  )
}
