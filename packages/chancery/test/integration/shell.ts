/** One shell for all commands of a page, in a home of its own, with `chancery` as a reader of the page has it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environmentOf } from '../environment.ts'

const launcher = fileURLToPath(new URL('../../src/launcher.js', import.meta.url))
const ours = `chancery() { '${process.execPath}' '${launcher}' "$@"; }`

export interface Shell {
  /** What is exported stays for the next one. A command that fails ends the shell, unless the page expects it. */
  run(script: string): Promise<{ readonly status: number; readonly out: string; readonly err: string }>
  /** How the shell reads one command of ours, without running it. */
  read(command: string): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }>
  close(): void
}

export function openShell(folder: string): Shell {
  const env = environmentOf(folder)
  const bash = spawn('bash', ['-s'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(bash, 'close').then(([status]) => Number(status))
  const lines = createInterface({ input: bash.stdout })
  bash.stdin.on('error', () => {})
  bash.stdin.write(`set -eu -o pipefail\n${ours}\n`)
  const file = (name: string) => readFileSync(join(folder, name), 'utf8')
  const run = async (script: string) => {
    const done = once(lines, 'line').then(([line]) => Number(line))
    bash.stdin.write(`{\n${script}\n} > .out 2> .err < /dev/null\necho $?\n`)
    const status = await Promise.race([done, ended])
    return { status, out: file('.out'), err: file('.err') }
  }
  return {
    run,
    read: async (command) => {
      await run(`chancery() { printf '%s\\0' "$@" > .args; env -0 > .environ; }\n${command}\n${ours}`)
      const variables = listed(file('.environ')).map((one) => [
        one.slice(0, one.indexOf('=')),
        one.slice(one.indexOf('=') + 1),
      ])
      return { args: listed(file('.args')), env: Object.fromEntries(variables) as Record<string, string> }
    },
    close: () => bash.stdin.end(),
  }
}

function listed(text: string): readonly string[] {
  return text.split('\0').slice(0, -1)
}
