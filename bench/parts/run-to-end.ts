/** A measured program that says one line of JSON and ends. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export async function runToEnd<T>(script: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await execute(process.execPath, [path, ...args])
  return JSON.parse(stdout) as T
}
