/** The reference as one page without scripts, made from the OpenAPI document. */
import { createHash } from 'node:crypto'
import type { OpenApi } from '../openapi.ts'
import { operationArticle, type Operation } from './operation.ts'
import { escaped, text } from './html.ts'
import { style } from './style.ts'

export interface Page {
  readonly html: string
  /** For `style-src` of the content security policy. */
  readonly styleHash: string
}

export function docsPage(document: OpenApi): Page {
  const parts = Map.groupBy(operationsOf(document), ({ node }) =>
    Array.isArray(node['tags']) ? String(node['tags'][0]) : '',
  )
  const title = `${text(document.info, 'title')} ${text(document.info, 'version')}`
  const html = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}: reference</title><style>${style}</style></head><body><div class="layout">`,
    `<nav aria-label="Routes">${[...parts].map(([part, some]) => chapterLinks(part, some)).join('')}</nav>`,
    `<main><h1>${title}</h1>${introduction(document)}`,
    ...[...parts].map(([part, some]) => chapter(part, some, document)),
    '</main></div></body></html>',
  ].join('\n')
  return { html, styleHash: `sha256-${createHash('sha256').update(style).digest('base64')}` }
}

function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, node]) => ({ method: method.toUpperCase(), path, node })),
  )
}

function introduction(document: OpenApi): string {
  return `<p>${text(document.info, 'description')}</p>
<p>An API key goes into <code>X-API-Key</code>, or into <code>Authorization: Bearer</code>. Bodies are JSON in which a member
stands once, numbers are safe integers, and nothing is unknown: whatever else comes is refused, never mended. A refusal is
a problem (RFC 9457) whose <code>code</code> is for programs. The same as data: <a href="/openapi.json">openapi.json</a>.</p>`
}

function chapterLinks(part: string, operations: readonly Operation[]): string {
  const links = operations.map(
    ({ node }) => `<li><a href="#${text(node, 'operationId')}">${text(node, 'summary')}</a></li>`,
  )
  return `<h2>${escaped(part)}</h2><ul>${links.join('')}</ul>`
}

function chapter(part: string, operations: readonly Operation[], document: OpenApi): string {
  const articles = operations.map((operation) => operationArticle(operation, document))
  return `<section><h2 id="part-${escaped(part)}">${escaped(part)}</h2>${articles.join('\n')}</section>`
}
