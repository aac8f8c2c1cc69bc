import path from 'node:path'
import type { Check, Finding } from '../finding.ts'
import { importsOf, type Import } from '../imports.ts'
import { composingCommands, impureModules, layers, plugInFolders, siblings, type Layer } from '../layers.ts'
import { canaryFolder, codeFiles, filesBelow, isCode, readSource } from '../source.ts'

const service = 'packages/chancery/src'

export const layersCheck: Check = {
  name: 'layers',
  run() {
    const files = codeFiles(service)
    const others = Object.keys(siblings).flatMap((name) =>
      siblingFindings(`packages/${name}`, codeFiles(`packages/${name}/src`)),
    )
    const findings = [...layerFindings(service, files), ...others]
    return { count: files.length, of: 'files of the service, and the packages beside it', findings }
  },
  canary() {
    const folder = `${canaryFolder('layers')}/src`
    const client = `${canaryFolder('layers')}/client`
    return [...layerFindings(folder, filesBelow(folder).filter(isCode)), ...siblingFindings(client, filesBelow(client))]
  },
}

/** Judges the imports of files below `folder`, which is laid out like packages/chancery/src. */
function layerFindings(folder: string, files: readonly string[]): Finding[] {
  return files.flatMap((file) => {
    const room = roomOf(path.relative(folder, file))
    const layer = layerOf(room)
    if (layer === undefined) return [{ file, line: 1, message: `${room} has no row in the table of layers` }]
    return importsOf(readSource(file)).flatMap((found) => {
      const message = objection(folder, file, room, layer, found)
      return message === undefined ? [] : [{ file, line: found.line, message: `${room} ${message}` }]
    })
  })
}

/** `chains/evm` for chains/evm/parse.ts, `signing` for signing/sign.ts, `bin.ts` for bin.ts; compose/ belongs to compose.ts. */
function roomOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  if (first === 'compose') return 'compose.ts'
  return plugInFolders.includes(first) && second !== '' ? `${first}/${second}` : first
}

function layerOf(room: string): Layer | undefined {
  const [family] = room.split('/')
  return layers[room] ?? (room.includes('/') ? layers[`${family}/*`] : undefined)
}

/** Why the import is not allowed, as the end of a sentence that begins with the room's name. */
function objection(folder: string, file: string, room: string, layer: Layer, found: Import): string | undefined {
  if (found.kind === 'unknown') {
    return layer.late === 'computed' ? undefined : 'imports a module whose name is computed, which cannot be checked'
  }
  if (!found.specifier.startsWith('.')) return packageObjection(layer, found.specifier)
  const target = path.relative(folder, path.join(path.dirname(file), found.specifier))
  if (target === '../package.json') return undefined
  if (target.startsWith('..')) return `imports ${found.specifier}, outside src`
  const wanted = roomOf(target)
  if (wanted === room) return undefined
  if (!mayEnter(room, layer, file, wanted)) return `may not import ${wanted}`
  const late = found.kind === 'late' || isShared(wanted)
  return layer.late === 'only' && !late ? `imports ${wanted} at once; plug-ins load late, by import()` : undefined
}

function mayEnter(room: string, layer: Layer, file: string, wanted: string): boolean {
  const allowed = layer.alone ? layer.rooms : ['base', 'core', ...layer.rooms]
  if (allowed.some((name) => matches(name, wanted))) return true
  return (
    room === 'cli' && wanted === 'compose.ts' && composingCommands.includes(path.basename(file).split(/[.-]/)[0] ?? '')
  )
}

function isShared(room: string): boolean {
  return room === 'base' || room === 'core'
}

function packageObjection(layer: Layer, specifier: string): string | undefined {
  if (isBuiltin(specifier)) {
    return layer.pure && impureModules.test(specifier) ? `is pure and may not import ${specifier}` : undefined
  }
  return layer.packages.some((name) => matches(name, packageName(specifier)))
    ? undefined
    : `may not import the package ${specifier}`
}

const oldNodeModules = ['child_process', 'fs', 'path', 'url']

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || oldNodeModules.includes(specifier)
}

function packageName(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

/** `chains/*` matches every chain, `*` everything. */
function matches(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)))
}

/** A package beside the service: stays in its own folder, and takes nothing from chancery. */
function siblingFindings(folder: string, files: readonly string[]): Finding[] {
  const allowed = siblings[path.basename(folder)] ?? []
  return files.flatMap((file) =>
    importsOf(readSource(file)).flatMap(({ specifier, line }) => {
      const message = siblingObjection(folder, file, specifier, allowed)
      return message === undefined ? [] : [{ file, line, message: `${path.basename(folder)} ${message}` }]
    }),
  )
}

function siblingObjection(
  folder: string,
  file: string,
  specifier: string,
  allowed: readonly string[],
): string | undefined {
  if (specifier.startsWith('.')) {
    const target = path.relative(folder, path.join(path.dirname(file), specifier))
    return target.startsWith('..') ? `imports ${specifier}, outside its package` : undefined
  }
  const name = packageName(specifier)
  const ours = name === 'chancery' || name.startsWith('@chancery/')
  return ours && !allowed.includes(name) ? `may not import ${name}` : undefined
}
