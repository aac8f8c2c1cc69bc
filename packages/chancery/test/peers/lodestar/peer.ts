/** The program beside this, started and asked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installLodestar } from './modules.ts'
import type { QuestionName, Questions } from './protocol.ts'

export interface LodestarPeer {
  /** @throws Error with what the program says went wrong */
  ask<N extends QuestionName>(question: N, given: Questions[N]['ask']): Promise<Questions[N]['answer']>
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('./lodestar.ts', import.meta.url))

/** @throws Error with npm's own words when it cannot be installed */
export function startLodestar(): LodestarPeer {
  installLodestar()
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answers = { last: Promise.resolve() as Promise<unknown> }
  return {
    ask: async <N extends QuestionName>(question: N, given: Questions[N]['ask']) => {
      child.stdin.write(`${JSON.stringify({ question, ...given })}\n`)
      const answer = answers.last.then(() => nextAnswer(lines))
      answers.last = answer.catch(() => {})
      return (await answer) as Questions[N]['answer']
    },
    stop: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'close')
    },
  }
}

async function nextAnswer(lines: AsyncIterator<string>): Promise<unknown> {
  const line = await lines.next()
  if (line.done === true) throw new Error('Lodestar has ended')
  const answer = JSON.parse(line.value) as { readonly fault?: string }
  if (answer.fault !== undefined) throw new Error(answer.fault)
  return answer
}
