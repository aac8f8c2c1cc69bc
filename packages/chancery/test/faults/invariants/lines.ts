/** JSON lines, read without trusting them. */
import { readFileSync } from 'node:fs'

export type Line = Readonly<Record<string, unknown>>

/** A last line without its end was being written when its writer was killed: it says nothing. */
export function readLines(path: string): readonly Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((text) => text !== '')
    .map(lineOf)
}

export function lineOf(text: string): Line {
  const value: unknown = JSON.parse(text)
  if (isLine(value)) return value
  throw new TypeError(`not an object: ${text.slice(0, 80)}`)
}

export function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textIn(line: Line, name: string): string | undefined {
  const value = line[name]
  return typeof value === 'string' ? value : undefined
}

export function numberIn(line: Line, name: string): number | undefined {
  const value = line[name]
  return typeof value === 'number' ? value : undefined
}

export function linesIn(line: Line, name: string): readonly Line[] {
  const value: unknown = line[name]
  return Array.isArray(value) ? value.filter(isLine) : []
}

export function textsIn(line: Line, name: string): readonly string[] {
  const value: unknown = line[name]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

export function isOneOf<T extends string>(value: string | undefined, all: readonly T[]): value is T {
  return all.some((one) => one === value)
}

export function grouped<T>(all: readonly T[], by: (one: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const name = by(one)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return groups
}
