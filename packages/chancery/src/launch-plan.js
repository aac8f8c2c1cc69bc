// Read by whatever Node the machine has: only syntax that Node 12 understands, and no `node:` prefixes.
import path from 'path'

/** The oldest major version that has everything the service needs (built-in SQLite and argon2, running `.ts` files). */
export const neededMajor = 24

/**
 * What the service's Node is started with, where we start it. V8 lets its young generation grow to 64 MB, and cleaning that
 * holds every request up for 7 to 14 ms; in 16 MB it takes 2 to 3 (docs/bench.md). And it makes objects old at once where those of
 * the same line often live on: each of them kept what it pointed at, so that whole requests were swept up late and dearly.
 */
export const nodeFlags = ['--max-semi-space-size=8', '--no-allocation-site-pretenuring']

/**
 * Decides how to start, without doing it.
 *
 * @param {object} found what is known of this machine
 * @param {string} found.version the running Node's version, such as `20.20.2`
 * @param {string} found.platform as `process.platform`
 * @param {string} found.arch as `process.arch`
 * @param {string} found.directory the launcher's own folder
 * @param {(file: string) => string | undefined} found.read the text of a file, or undefined when there is none
 * @returns {{ kind: 'start', entry: string } | { kind: 'restart', node: string, entry: string } | { kind: 'refuse', sentence: string }}
 */
export function planLaunch(found) {
  const source = path.join(found.directory, 'bin.ts')
  const entry = found.read(source) === undefined ? path.join(found.directory, 'bin.js') : source
  if (major(found.version) >= neededMajor) return { kind: 'start', entry }
  const node = installedNode(found)
  if (node !== undefined) return { kind: 'restart', node, entry }
  return { kind: 'refuse', sentence: refusal(found) }
}

/** The Node that npm installed as a package, here or in a folder above. */
function installedNode(found) {
  const name = `node-${found.platform}-${found.arch}`
  for (const folder of ancestors(found.directory)) {
    const home = path.join(folder, 'node_modules', name)
    const manifest = found.read(path.join(home, 'package.json'))
    if (manifest !== undefined && major(JSON.parse(manifest).version) >= neededMajor)
      return path.join(home, 'bin', 'node')
  }
  return undefined
}

function ancestors(directory) {
  const parent = path.dirname(directory)
  return parent === directory ? [directory] : [directory, ...ancestors(parent)]
}

function major(version) {
  return Number(String(version).split('.')[0])
}

function refusal(found) {
  const nodePackage =
    found.platform === 'linux'
      ? ` or run \`npm install node-linux-${found.arch}@${neededMajor}\` in the folder whose node_modules holds chancery (in the source tree: \`npm ci\`),`
      : ''
  return (
    `chancery needs Node.js ${neededMajor} or newer and this is Node.js ${found.version}: ` +
    `install it from https://nodejs.org,${nodePackage} and start again.`
  )
}
