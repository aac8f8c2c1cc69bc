import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { build } from '../../../../tools/build/build.ts'

const root = path.resolve(import.meta.dirname, '../../../..')
const manifest = JSON.parse(readFileSync(path.join(root, 'packages/chancery/package.json'), 'utf8')) as {
  version: string
}

let empty: string
let packed: string[]

/** A user's environment: this Node first in the path, and nothing of the script that runs the tests. */
function userEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|config_local)|INIT_CWD|VITEST|NODE_ENV)/.test(name),
  )
  const bin = path.dirname(process.execPath)
  return { ...Object.fromEntries(inherited), PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` }
}

function run(folder: string, program: string, ...options: string[]) {
  const ran = spawnSync(program, options, { cwd: folder, env: userEnvironment(), encoding: 'utf8' })
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr }
}

function succeed(folder: string, program: string, ...options: string[]): string {
  const { status, stdout, stderr } = run(folder, program, ...options)
  if (status !== 0) throw new Error(`${program} ${options.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

beforeAll(() => {
  empty = mkdtempSync(path.join(tmpdir(), 'chancery-package-'))
  build()
  const report = succeed(root, 'npm', 'pack', '--workspace', 'chancery', '--json', '--pack-destination', empty)
  packed = packedFiles(JSON.parse(report))
  const tarball = readdirSync(empty).find((name) => name.endsWith('.tgz')) ?? 'no tarball'
  writeFileSync(path.join(empty, 'package.json'), '{"private":true,"type":"module"}')
  succeed(empty, 'npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${tarball}`)
})
afterAll(() => rmSync(empty, { recursive: true, force: true }))

function packedFiles(report: unknown): string[] {
  const [first] = Object.values(report as Record<string, { files: { path: string }[] }>)
  return (first?.files ?? []).map((file) => file.path)
}

it('holds built files, the licence and the manifest, and nothing else', () => {
  expect(packed.filter((file) => !/^(dist\/|(LICENSE|README\.md|package\.json)$)/.test(file))).toEqual([])
  expect(packed).toContain('LICENSE')
  expect(packed.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
  expect(packed).toContain('dist/launcher.js')
  expect(packed).toContain('dist/client/index.js')
})

it('installs only what its manifest names, without the workspace', () => {
  const installed = readdirSync(path.join(empty, 'node_modules'))
  expect(installed).toContain('chancery')
  expect(installed).not.toContain('@chancery')
})

it('runs as npx chancery under this Node', () => {
  expect(succeed(empty, 'npx', 'chancery', '--version')).toContain(manifest.version)
  expect(succeed(empty, 'npx', 'chancery', '--help')).toContain('serve')
})

it('serves from the package', async () => {
  const env = { ...userEnvironment(), HOME: empty }
  const options = ['chancery', 'serve', '--port', '0', '--data-dir', path.join(empty, 'data')]
  const service = spawn('npx', options, { cwd: empty, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(service, 'exit')
  try {
    const reply = await fetch(`${await announcedUrl(service.stdout)}/upcheck`)
    expect(reply.status).toBe(200)
  } finally {
    if (service.pid !== undefined) process.kill(-service.pid, 'SIGTERM')
    await ended
  }
})

async function announcedUrl(output: Readable): Promise<string> {
  for await (const line of createInterface(output)) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error('the service ended without saying where it listens')
}

it('says under an old Node what is needed', () => {
  const old = path.join(empty, 'old.cjs')
  writeFileSync(old, `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`)
  const ran = run(empty, process.execPath, '--require', old, 'node_modules/.bin/chancery', 'serve')
  expect(ran.stderr).toMatch(/^chancery needs Node\.js 24 or newer and this is Node\.js 20\.20\.2: /)
  expect(ran.status).toBe(1)
})

it.each(['chancery', 'chancery/algorand', 'chancery/client'])('can be imported as %s', (name) => {
  const program = `console.log(Object.keys(await import('${name}')).length)`
  const names = succeed(empty, process.execPath, '--input-type=module', '--eval', program)
  expect(Number(names)).toBeGreaterThan(0)
})

it('gives its users types that hold', () => {
  const use = `import * as service from 'chancery'\nimport * as algorand from 'chancery/algorand'\nimport * as client from 'chancery/client'\nexport const all = [service, algorand, client]\n`
  writeFileSync(path.join(empty, 'use.ts'), use)
  const types = path.join(root, 'node_modules/@types')
  const options = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    skipLibCheck: false,
    typeRoots: [types],
    types: ['node'],
  }
  writeFileSync(path.join(empty, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }))
  expect(run(empty, path.join(root, 'node_modules/.bin/tsc'), '-p', '.')).toMatchObject({ status: 0, stdout: '' })
})
