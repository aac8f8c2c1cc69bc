import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { root } from './source.ts'

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program of node_modules/.bin with the pinned Node and waits for it.
 * @throws Error when it could not be started or was killed: a tool that did not run has checked nothing
 */
export function runTool(name: string, options: readonly string[], folder = root): Ran {
  const bin = path.join(root, 'node_modules', '.bin')
  return run(path.join(bin, name), options, folder)
}

export function runNode(options: readonly string[], folder = root): Ran {
  return run(process.execPath, options, folder)
}

export function run(program: string, options: readonly string[], folder: string): Ran {
  const ran = spawnSync(program, options, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}` },
  })
  if (ran.error !== undefined) throw ran.error
  if (ran.status === null) throw new Error(`${program} was ended by ${ran.signal}: ${ran.stderr}`)
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr }
}
