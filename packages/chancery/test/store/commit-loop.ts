/**
 * A process of its own that commits until it is killed or fails: `node commit-loop.ts <path> [bytes of body]`. Says each
 * acknowledged hash, or the code it failed with, on standard output, before it goes on.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { begin, entry, guard, item } from '../contract/store/writer.ts'

const [path = '', size = '100'] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)
const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

try {
  const store = await openSqlite({ path, clock: systemClock, onFatal: ({ message }) => say(`fatal ${message}`) })
  const writer = await begin(store, `stream-${process.pid}`)
  const body = 'b'.repeat(Number(size))
  for (let n = 0; n < 2_000; n++) {
    const name = `${writer.stream} ${n}`
    await writer.commit(store, [item({ entries: [entry({ n, body })], guards: [guard(name, name)] })])
    say(`committed ${writer.seq} ${writer.prev}`)
  }
} catch (error) {
  say(`failed ${codeOf(error)}`)
  process.exit(1)
}
