/** The README's commands, run as they stand: one service, one chain, one AWS stand-in, one shell for all of them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator } from '../../../aws-emulator/src/index.ts'
import { environmentOf } from '../environment.ts'
import { startAnvil } from './anvil.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const launcher = join(root, 'packages/chancery/src/launcher.js')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

interface Step {
  readonly heading: string
  readonly commands: string
  /** What the README says the commands print, `…` standing for anything. */
  readonly prints?: string
}

/** Blocks marked `sh run`, each with the block marked `prints` that follows it, if one does. */
const steps = [...readme.matchAll(/^```sh run\n(.*?)^```\n(?:```\w+ prints\n(.*?)^```\n)?/gms)].map(
  ({ 1: commands = '', 2: prints, index }): Step => ({
    heading:
      readme
        .slice(0, index)
        .match(/^#+ (.*)$/gm)
        ?.at(-1) ?? '',
    commands,
    ...(prints === undefined ? {} : { prints }),
  }),
)

const ends: (() => Promise<unknown> | void)[] = []
const printed: string[] = []
let trouble = ''

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-readme-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const { url, env, node } = await startEverything(folder)
  const script = steps.map(({ commands }, index) => `{\n${commands}\n} > out.${index}\n`).join('')
  const here = script.replaceAll(/http:\/\/127\.0\.0\.1:(?:9000|8000)/g, url).replaceAll('http://127.0.0.1:8545', node)
  const chancery = `chancery() { '${process.execPath}' '${launcher}' "$@"; }\n`
  const ran = await run(folder, env, `set -eu -o pipefail\n${chancery}${here}`)
  trouble = ran === 0 ? '' : `ended with ${ran}: ${readFileSync(join(folder, 'err'), 'utf8')}`
  for (const index of steps.keys()) printed.push(read(join(folder, `out.${index}`)))
}, 120_000)

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

async function startEverything(folder: string) {
  const [anvil, emulator] = await Promise.all([startAnvil(), startEmulator()])
  ends.push(
    () => anvil.close(),
    () => emulator.close(),
  )
  const node = anvil.url.href.replace(/\/$/, '')
  const { region, credentials } = emulator
  const kms = new KMSClient({ endpoint: emulator.url, region, credentials })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' }))
  mkdirSync(join(folder, 'home'))
  const example = readFileSync(join(root, 'chancery.example.yaml'), 'utf8')
  writeFileSync(join(folder, 'chancery.yaml'), example.replaceAll('http://127.0.0.1:8545', node))
  const env = {
    ...environmentOf(join(folder, 'home')),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_KMS_KEY_ID: KeyMetadata?.Arn ?? '',
    BACKEND_API_KEY: 'f3b1c5d7e9a0b2c4d6e8f0a1b3c5d7e9',
    SEPOLIA_RPC_URL: node,
    CHANCERY_AWS_ENDPOINT: emulator.url,
  }
  return { url: await serve(folder, env), env, node }
}

async function serve(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const flags = ['serve', '--json', '--port', '0', '--log-level', 'error']
  const child = spawn(process.execPath, [launcher, ...flags], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(() => stopped(child))
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (status) => reject(new Error(`the service ended with ${status}: ${text}`)))
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString()
      const found = /"url":"([^"]+)"/.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** The emulator lives in this process, so the shell must not block it. */
function run(cwd: string, env: NodeJS.ProcessEnv, script: string): Promise<number | null> {
  const shell = spawn('bash', ['-c', `exec 2> err\n${script}`], { cwd, env, stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    shell.once('error', reject)
    shell.once('exit', resolve)
  })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** White space aside, and with `…` for anything. */
function pattern(prints: string): RegExp {
  const parts = prints
    .replaceAll(/\s/g, '')
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .split('…')
  return new RegExp(`^${parts.join('.*')}$`)
}

describe('the README', () => {
  test('its commands run', () => {
    expect(trouble).toBe('')
  })

  test.each(steps.map((step, index) => ({ ...step, index })).filter(({ prints }) => prints !== undefined))(
    'prints what it says: block $index, $heading',
    ({ index, prints = '' }) => {
      expect(printed[index]?.replaceAll(/\s/g, '')).toMatch(pattern(prints))
    },
  )

  test('no curl is left out', () => {
    const curls = (text: string) => [...text.matchAll(/\bcurl\b/g)].length
    expect(curls(steps.map(({ commands }) => commands).join(''))).toBe(curls(readme))
    expect(curls(readme)).toBeGreaterThanOrEqual(10)
  })
})
