/** How a command that makes or takes in many wallets is getting on. */
import { counted } from '../../base/counted.ts'
import type { Terminal } from '../command.ts'
import { keepTelling } from '../progress.ts'

export interface Tally extends Disposable {
  made(): void
  /** One was not made, and why: said at the end, where it is not lost among the others. */
  leftOut(why: string): void
  /** @returns the exit status: 1 where something was left out */
  end(): number
}

/**
 * Says now and then how far it is. Ctrl-C ends the process as it does without this, for the shell sees the signal, and what
 * `end` would have said is said first; so it is when this is disposed of without an end, as an error does. For what the same
 * command goes on with.
 */
export function startTally({ note }: Terminal, total: number): Tally {
  const left: string[] = []
  let done = 0
  const progress = keepTelling(() => note(`${done} of ${total}`))
  const soFar = () => `${counted(done - left.length, 'wallet')} of ${total}`
  let told = false
  const tellAll = (last: string) => {
    told = true
    left.forEach(note)
    note(last)
  }
  const heard = () => {
    tellAll(`Interrupted: ${soFar()}. The same command goes on there`)
    process.kill(process.pid, 'SIGINT')
  }
  process.once('SIGINT', heard)
  const count = () => {
    done += 1
    progress.tell()
  }
  return {
    made: count,
    leftOut(why) {
      left.push(why)
      count()
    },
    end() {
      tellAll(soFar())
      return left.length === 0 ? 0 : 1
    },
    [Symbol.dispose]() {
      progress[Symbol.dispose]()
      process.off('SIGINT', heard)
      if (!told) tellAll(`Ended early: ${soFar()}. The same command goes on there`)
    },
  }
}
