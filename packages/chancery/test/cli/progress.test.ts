/** What is said of something that takes long. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { keepTelling, nowAndThen } from '../../src/cli/progress.ts'

describe('while it goes on', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('news is said once a second, and that there is none every five seconds, until it is over', () => {
    const said: number[] = []
    const began = performance.now()
    const progress = keepTelling(() => void said.push(performance.now() - began))
    for (let i = 0; i < 30; i++) {
      progress.tell()
      vi.advanceTimersByTime(100)
    }
    expect(said).toEqual([1_000, 2_000])
    vi.advanceTimersByTime(10_000)
    expect(said).toEqual([1_000, 2_000, 7_000, 12_000])
    progress[Symbol.dispose]()
    vi.advanceTimersByTime(10_000)
    expect(said).toHaveLength(4)
  })

  test('what is told all the time is said once a second', () => {
    const said: number[] = []
    const say = nowAndThen((row: number) => void said.push(row))
    for (let row = 0; row < 30; row++) {
      say(row)
      vi.advanceTimersByTime(100)
    }
    expect(said).toEqual([10, 20])
  })
})

/** A command of its own: this process should go on. */
async function interrupted(body: string) {
  const { href } = new URL('../../src/cli/progress.ts', import.meta.url)
  const program = `
    import { tellWhenInterrupted } from ${JSON.stringify(href)}
    const terminal = { note: (text) => process.stderr.write(text) }
    setTimeout(() => {}, 60_000)
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

describe('Ctrl-C', () => {
  test('ends it as it would anyway, and says first how far it came', async () => {
    expect(await interrupted("tellWhenInterrupted(terminal, () => '3 wallets of 5')")).toEqual({
      status: null,
      signal: 'SIGINT',
      said: 'Interrupted: 3 wallets of 5. The same command goes on there',
    })
  })

  test('once it is over, says nothing', async () => {
    const over = "tellWhenInterrupted(terminal, () => '5 wallets of 5')[Symbol.dispose]()"
    expect(await interrupted(over)).toEqual({ status: null, signal: 'SIGINT', said: '' })
  })
})
