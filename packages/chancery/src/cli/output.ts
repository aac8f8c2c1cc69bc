/** Data for people and for programs. */
import type { Given, Terminal } from './command.ts'

export type Row = Readonly<Record<string, string | number | boolean | undefined>>

/** With --json the data as it is, otherwise a table of the columns. */
export function printRows(given: Given, terminal: Terminal, data: unknown, rows: readonly Row[], none: string): void {
  if (given.has('json')) terminal.out(JSON.stringify(data, undefined, 2))
  else terminal.out(rows.length === 0 ? none : table(rows))
}

/** With --json the data as it is, otherwise a line for each member. */
export function printOne(given: Given, terminal: Terminal, data: object, row: Row): void {
  if (given.has('json')) return terminal.out(JSON.stringify(data, undefined, 2))
  const shown = Object.entries(row).filter(([, value]) => value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length)) + 2
  terminal.out(shown.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n'))
}

/** For what has nothing to show but that it is done. @returns the exit status */
export function done(given: Given, terminal: Terminal, words: string): number {
  terminal.out(given.has('json') ? JSON.stringify({ ok: true }) : words)
  return 0
}

function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))]
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
