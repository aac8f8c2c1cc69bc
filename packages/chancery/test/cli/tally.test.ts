/** What is said of a command on many wallets that Ctrl-C ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

/** A command of its own, which this process outlives. */
async function interrupted(body: string) {
  const { href } = new URL('../../src/cli/wallets/tally.ts', import.meta.url)
  const program = `
    import { startTally } from ${JSON.stringify(href)}
    const terminal = { note: (text) => process.stderr.write(text + '\\n') }
    setTimeout(() => {}, 60_000)
    const tally = startTally(terminal, 5)
    ${body}
    process.kill(process.pid, 'SIGINT')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (part: string) => void said.push(part))
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { status, signal, said: said.join('') }
}

test('it ends as it would anyway, and says first how far it came, and what was left out', async () => {
  expect(await interrupted("tally.made(); tally.leftOut('NOT MADE  7  no answer'); tally.made()")).toEqual({
    status: null,
    signal: 'SIGINT',
    said: 'NOT MADE  7  no answer\nInterrupted: 2 wallets of 5. The same command goes on there\n',
  })
})

test('an error that ends it early loses nothing of what was left out', async () => {
  const failing =
    "try { using mine = tally; mine.leftOut('NOT MADE  7  no answer'); throw new Error('unreachable') } catch {}"
  expect(await interrupted(failing)).toEqual({
    status: null,
    signal: 'SIGINT',
    said: 'NOT MADE  7  no answer\nEnded early: 0 wallets of 5. The same command goes on there\n',
  })
})

test('once it is over, nothing more is said', async () => {
  expect(await interrupted('tally.end(); tally[Symbol.dispose]()')).toEqual({
    status: null,
    signal: 'SIGINT',
    said: '0 wallets of 5\n',
  })
})
