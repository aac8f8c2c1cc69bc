/** The real terminal, at a pseudo-terminal of util-linux's `script`, which echoes as terminals do. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const terminal = fileURLToPath(new URL('../../src/cli/terminal.ts', import.meta.url))
const secret = 'correct-horse-battery-staple'

/** Types as soon as the question stands there. @returns all that the terminal showed */
async function typedAtOnce(method: 'ask' | 'askHidden'): Promise<string> {
  const program = `import { systemTerminal } from '${terminal}'
    const typed = await systemTerminal.${method}('Say it: ')
    console.log('heard ' + typed.length)`
  const words = [process.execPath, '--input-type=module', '--eval', program]
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const options = ['--quiet', '--return', '--flush', '--echo', 'always', '--command', `exec ${line}`, '/dev/null']
  const env = { PATH: process.env['PATH'] ?? '', SHELL: '/bin/sh', TERM: 'xterm' }
  const child = spawn('script', options, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  child.stdout.on('data', (part: Buffer) => {
    const asked = shown.includes('Say it: ')
    shown += part.toString()
    if (!asked && shown.includes('Say it: ')) child.stdin.write(`${secret}\r`)
  })
  await once(child, 'close')
  return shown
}

test('a secret that is typed at once is taken and not shown', async () => {
  for (let attempt = 0; attempt < 3; attempt++) {
    const shown = await typedAtOnce('askHidden')
    expect(shown).toContain(`heard ${secret.length}`)
    expect(shown).not.toContain(secret.slice(0, 3))
  }
})

test('what is no secret is shown', async () => {
  expect(await typedAtOnce('ask')).toContain(secret)
})
