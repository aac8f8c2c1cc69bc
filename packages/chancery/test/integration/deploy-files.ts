/** What alerts and dashboards of deploy/ ask for, and what a service's metrics are called. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { isJsonObject } from '../../src/base/json.ts'

const deploy = new URL('../../../../deploy/', import.meta.url)
export const textOf = (path: string) => readFileSync(new URL(path, deploy), 'utf8')

/** Metrics by name, with those of a histogram's parts. */
export function namesIn(metrics: string): readonly string[] {
  return [...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type = '']) =>
    type === 'histogram' || type === 'summary' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
  )
}

/** Names in an expression: words before a selector, a range or an operator, that are no function and no label. */
export function metricsOf(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\{[^{}]*\}/g, ' ')
    .replaceAll(/\b(?:by|on|without|ignoring)\s*\([^()]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\boffset\s+\d+[smhdwy]/g, ' ')
  return [...bare.matchAll(/\b[a-z_][a-z0-9_:]*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !['and', 'or', 'unless', 'by', 'on'].includes(name))
}

export interface Asked {
  readonly name: string
  readonly expr: string
}

export function rulesIn(path: string): { readonly alerts: readonly Asked[]; readonly records: readonly Asked[] } {
  const rules = listIn(parse(textOf(path)), 'groups').flatMap((group) => listIn(group, 'rules'))
  const named = (what: 'alert' | 'record') =>
    rules.flatMap((rule) => {
      const name = textIn(rule, what)
      return name === '' ? [] : [{ name, expr: textIn(rule, 'expr') }]
    })
  return { alerts: named('alert'), records: named('record') }
}

export function panelsIn(path: string): readonly Asked[] {
  return listIn(JSON.parse(textOf(path)), 'panels').flatMap((panel) =>
    listIn(panel, 'targets').map((target) => ({ name: textIn(panel, 'title'), expr: textIn(target, 'expr') })),
  )
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list: unknown = isJsonObject(value) ? value[name] : undefined
  return Array.isArray(list) ? list : []
}

function textIn(value: unknown, name: string): string {
  const text = isJsonObject(value) ? value[name] : undefined
  return typeof text === 'string' ? text : ''
}
