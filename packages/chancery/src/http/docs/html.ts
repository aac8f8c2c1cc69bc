/** Text on its way into a page. */
import type { Node } from '../openapi.ts'

export function escaped(value: unknown): string {
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A member as text, with `code` between back-quotes; empty where there is none. */
export function text(node: Node, name: string): string {
  const value = node[name]
  return typeof value === 'string' ? escaped(value).replaceAll(/`([^`]+)`/g, '<code>$1</code>') : ''
}

export function json(value: unknown): string {
  return `<pre tabindex="0"><code>${escaped(JSON.stringify(value, undefined, 2))}</code></pre>`
}
