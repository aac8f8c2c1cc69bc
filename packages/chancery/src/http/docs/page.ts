/** The reference as one page without scripts, made from the OpenAPI document. */
import { createHash } from 'node:crypto'
import type { OpenApi } from '../openapi.ts'

export interface Page {
  readonly html: string
  /** For `style-src` of the content security policy. */
  readonly styleHash: string
}

const style = 'body { font: 16px/1.5 system-ui; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }'

export function docsPage(document: OpenApi): Page {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Chancery</title><style>${style}</style><pre>${escaped(JSON.stringify(document, undefined, 2))}</pre></html>`
  return { html, styleHash: `sha256-${createHash('sha256').update(style).digest('base64')}` }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
