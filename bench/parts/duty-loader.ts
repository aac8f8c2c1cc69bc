/** The process that loads a signer, from the side of the suite. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { DutyLoad, DutyResult } from './duty-load.ts'

export interface DutyLoader {
  run(load: DutyLoad): Promise<DutyResult>
  close(): void
}

export function dutyLoad(): DutyLoader {
  const script = fileURLToPath(new URL('./duty-load.ts', import.meta.url))
  const started = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
  return {
    async run(load) {
      started.stdin.write(`${JSON.stringify(load)}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the load ended early')
      return JSON.parse(value) as DutyResult
    },
    close: () => started.stdin.end(),
  }
}
