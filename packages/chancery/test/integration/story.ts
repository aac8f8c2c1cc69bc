/** The documented examples told as a story to a service as it is composed: each gives the status and the shape it promises. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { SignSchema } from '../../src/core/chain.ts'
import type { ChainId } from '../../src/core/names.ts'
import { examplesOf, type ExampleRequest } from '../../src/http/examples.ts'
import type { Route } from '../../src/http/route.ts'
import { routesOf } from '../../src/http/routes/routes.ts'
import type { TestService } from './service.ts'

export type Body = Readonly<Record<string, unknown>>

export interface Chapter<By extends string> {
  /** Of the example. */
  readonly id: string
  readonly by: By
  /** Where the service as it is answers otherwise, and rightly. */
  readonly status?: number
  /** Whether the reply is the documented one to the letter. */
  readonly exact?: true
  /** What must be so before. */
  readonly first?: () => unknown
  /** Members of the body, and headers, that are of this installation. */
  readonly body?: () => Body
  readonly headers?: Readonly<Record<string, string>>
  readonly learn?: (reply: Body) => void
}

export interface Story<By extends string> {
  readonly examples: readonly ExampleRequest[]
  /** In order: what an example speaks of has happened. */
  readonly chapters: readonly Chapter<By>[]
  /** What the document calls things, and what they are called here. */
  readonly names: ReadonlyMap<string, string>
  /** How somebody comes in. */
  door(by: By): { readonly ask: TestService['ask']; readonly headers: Readonly<Record<string, string>> }
  /** What replies said that the document does not promise. */
  broken(): readonly string[]
}

/** Of the routes that are wanted, in a service of one chain. */
export function documented(
  chain: ChainId,
  schemas: readonly SignSchema[],
  wanted: (route: Route) => boolean,
): readonly ExampleRequest[] {
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
  const routes = routesOf(
    schemas.map((schema) => ({ ...schema, chain })),
    options,
  )
  return examplesOf(routes.filter(wanted))
}

/** Declares a test for each chapter, and one that none is left out. */
export function tell<By extends string>(story: Story<By>): void {
  const { names } = story
  describe('the documented example of', () => {
    test.each(story.chapters)(
      '$id',
      async (chapter) => {
        const { reply, example } = await take(story, chapter)
        expect([reply.status, reply.body]).toEqual([chapter.status ?? example.status, reply.body])
        for (const name of Object.keys(example.headers ?? {})) expect(reply.headers).toHaveProperty(name)
        expect(story.broken()).toEqual([])
        if (chapter.exact) expect(JSON.parse(reply.body)).toEqual(here(example.body, names))
        chapter.learn?.(JSON.parse(reply.body) as Body)
      },
      40_000,
    )
  })
  test('none is left out', () => {
    const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).toSorted()
    expect(idsOf(story.chapters)).toEqual(idsOf(story.examples))
  })
}

/** @returns the reply that came, and the documented one */
async function take<By extends string>({ examples, names, ...story }: Story<By>, chapter: Chapter<By>) {
  const example = examples.find(({ id }) => id === chapter.id)
  if (example === undefined) throw new Error('there is no such route')
  await chapter.first?.()
  const { url, headers, ...body } = here(asked(example, chapter), names)
  const { ask, headers: credential } = story.door(chapter.by)
  const reply = await ask(example.method, url, { headers: { ...headers, ...credential }, ...body })
  return { reply, example: example.reply }
}

function asked<By extends string>({ url, headers, body }: ExampleRequest, chapter: Chapter<By>) {
  const sent = body === undefined ? {} : { body: { ...body, ...chapter.body?.() } }
  return { url, headers: { ...headers, ...chapter.headers }, ...sent }
}

/** What is documented, with the names that things have here. */
export function here<T>(example: T, names: ReadonlyMap<string, string>): T {
  let text = JSON.stringify(example)
  for (const [documentedName, name] of names) text = text.replaceAll(documentedName, name)
  return JSON.parse(text) as T
}
