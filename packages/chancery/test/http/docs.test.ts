import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { docsPage } from '../../src/http/docs/page.ts'
import { openApi } from '../../src/http/openapi.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing } from './fakes.ts'

const { app, routes } = createServer(agreeing(), {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '1.2.3',
  observability: 'open',
})
const document = openApi(routes, '1.2.3')
const page = await app.inject({ url: '/docs', headers: { host: 'localhost' } })

test.each(routes)('the page has $method $path', ({ id, method, path }) => {
  expect(page.body).toContain(`<article id="${id}">`)
  expect(page.body).toContain(`<b>${method}</b> <code>${path}</code>`)
})

test('it is whole by itself: no script, nothing from elsewhere, the one style allowed by its hash', () => {
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(page.body) ?? []
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  expect(policy).toContain("default-src 'self'")
  expect(page.body).not.toMatch(/<script|<link|<img|url\(|https?:\/\/(?!localhost)|style=/)
})

test.each(routes.filter(({ access }) => access === 'kms-backend'))(
  'the example of $path has the key and the port of the compatible routes',
  ({ id }) => {
    const article = page.body.slice(page.body.indexOf(`<article id="${id}">`)).split('</article>')[0]
    expect(article).toContain('X-API-Key: $BACKEND_API_KEY')
    expect(article).toContain('http://localhost:8000/')
    expect(article).not.toContain('CHANCERY_API_KEY')
  },
)

test('what it shows is text', () => {
  const info = { ...document.info, title: '<script>alert(1)</script>' }
  expect(docsPage({ ...document, info }).html).not.toContain('<script>')
})

test('its tags close', () => {
  const open = [...page.body.matchAll(/<(article|section|table|tr|td|pre|details|code|h[1-4]|ul|li|nav|main|div)[ >]/g)]
    .length
  const closed = [
    ...page.body.matchAll(/<\/(article|section|table|tr|td|pre|details|code|h[1-4]|ul|li|nav|main|div)>/g),
  ].length
  expect(open).toBe(closed)
})

test('every reference of the document is to one of its components', () => {
  const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(50)
  expect(names.filter((name) => !(name in document.components.schemas))).toEqual([])
})

test('every operation documents each of its codes and one example', () => {
  for (const methods of Object.values(document.paths)) {
    for (const operation of Object.values(methods)) {
      expect(JSON.stringify(operation['responses'])).toContain('`internal`')
    }
  }
})
