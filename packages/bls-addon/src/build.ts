/**
 * Compiles the addon. Without a C compiler it says so and succeeds, because the service works without; with `--require` it
 * fails.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const require = createRequire(import.meta.url)
const home = join(import.meta.dirname, '..')

/** blst's two ways: fixed to processors with the adx instructions, or finding out when it is loaded. */
const flags = { adx: ['-mno-avx', '-D__ADX__'], portable: ['-D__BLST_PORTABLE__'] } as const
type Code = keyof typeof flags

const compilers = ['cc', 'gcc', 'clang']

function processorCode(): Code {
  try {
    return process.arch === 'x64' && /\badx\b/.test(readFileSync('/proc/cpuinfo', 'utf8')) ? 'adx' : 'portable'
  } catch {
    return 'portable'
  }
}

const works = (compiler: string): boolean => spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0

/** @throws Error with what the compiler said */
function compile(compiler: string, code: Code): void {
  const blst = join(dirname(require.resolve('blst-sources/package.json')), 'blst')
  const headers = dirname(require.resolve('node-api-headers/include/node_api.h'))
  const folder = join(home, 'build')
  mkdirSync(folder, { recursive: true })
  const made = join(folder, `blst.node.${process.pid}`)
  const sources = [join(home, 'src/addon.c'), join(blst, 'src/server.c'), join(blst, 'build/assembly.S')]
  const link = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  const includes = [`-I${join(blst, 'bindings')}`, `-I${headers}`]
  const common = [
    '-O2',
    '-fno-builtin',
    '-fPIC',
    '-shared',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wno-unused-command-line-argument',
  ]
  const { status, stderr } = spawnSync(
    compiler,
    [...common, ...flags[code], ...includes, ...sources, ...link, '-o', made],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`${compiler} does not compile the addon:\n${stderr}`)
  writeFileSync(join(folder, 'about.json'), JSON.stringify({ code }))
  // A running service has the old file mapped: it is replaced, not written over.
  renameSync(made, join(folder, 'blst.node'))
}

function main(): string {
  const { values } = parseArgs({ options: { require: { type: 'boolean' }, portable: { type: 'boolean' } } })
  const compiler = compilers.find(works)
  if (compiler !== undefined) {
    const code = values.portable ? 'portable' : processorCode()
    compile(compiler, code)
    return `built packages/bls-addon/build/blst.node with ${compiler}, ${code} code`
  }
  const missing = `No C compiler is here (looked for ${compilers.join(', ')}), so the BLS addon is not built.`
  if (values.require) throw new Error(missing)
  return `${missing} BLS keys sign with @chainsafe/blst, at about half the rate.`
}

try {
  process.stdout.write(`${main()}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
