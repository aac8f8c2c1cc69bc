/** A real EVM node on a port of its own: anvil, from npm. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Anvil {
  readonly url: URL
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>
  fund(address: string): Promise<void>
  close(): Promise<void>
}

/** `args` are anvil's own, such as `--no-mining`. */
export async function startAnvil(...args: readonly string[]): Promise<Anvil> {
  const child = spawn(binary(), ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = new URL(`http://${await listening(child)}`)
  const rpc = async (method: string, ...params: readonly unknown[]) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answer: unknown = await response.json()
    if (typeof answer === 'object' && answer !== null && 'result' in answer) return answer.result
    throw new Error(`${method}: ${JSON.stringify(answer)}`)
  }
  return {
    url,
    rpc,
    fund: async (address) => void (await rpc('anvil_setBalance', address, '0x56bc75e2d63100000')),
    close: () => stopped(child),
  }
}

/** The native program: the package's wrapper would have to be killed apart from it. */
function binary(): string {
  const name = process.arch === 'arm64' ? '@foundry-rs/anvil-linux-arm64' : '@foundry-rs/anvil-linux-amd64'
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'anvil')
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stdout?.on('data', (part: Buffer) => {
      printed += part.toString()
      const found = /Listening on (\S+)/.exec(printed)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(`anvil ended: ${printed}`)))
  })
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
