/** Pieces of a large text say what the whole says. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonElements } from '../../src/base/json-elements.ts'

async function cut(text: string, sizes: readonly number[] = []): Promise<{ elements: string[]; rest: string }> {
  const chunks: string[] = []
  let at = 0
  for (const size of sizes) chunks.push(text.slice(at, (at += size)))
  chunks.push(text.slice(at))
  const elements: string[] = []
  let rest = ''
  for await (const piece of jsonElements(chunks, 'data')) {
    if (piece.kind === 'element') elements.push(piece.text)
    else rest = piece.text
  }
  return { elements, rest }
}

const value = fc.jsonValue({ depthSize: 'small' })
const around = fc.dictionary(
  fc.string().filter((name) => name !== 'data' && name !== '__proto__'),
  value,
)

test('whatever stands in it, and however it is chunked and spaced', async () => {
  const whole = fc.record({ before: around, data: fc.array(value), after: around })
  const layout = fc.constantFrom(undefined, 2)
  await fc.assert(
    fc.asyncProperty(whole, layout, fc.array(fc.nat(9)), async ({ before, data, after }, space, sizes) => {
      const object = { ...before, data, ...after }
      const { elements, rest } = await cut(JSON.stringify(object, undefined, space), sizes)
      expect(elements.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(data)))
      expect(JSON.parse(rest)).toEqual(JSON.parse(JSON.stringify({ ...object, data: [] })))
    }),
  )
})

test('a member of that name further in, or as a value, is not meant', async () => {
  const text = '{"a":{"data":[1]},"b":"data","c":[[2]],"data":[3,[4,5]]}'
  expect(await cut(text)).toEqual({
    elements: ['3', '[4,5]'],
    rest: '{"a":{"data":[1]},"b":"data","c":[[2]],"data":[]}',
  })
})

test.each([
  '{"data":[1,,2]}',
  '{"data":[1,]}',
  '{"data":[,]}',
  '{"data":[1',
  '{"data":[1]',
  '{"data":[{]}',
  '{"data":[1]],"x":[}',
])('what is wrong stays wrong in a piece: %s', async (text) => {
  const { elements, rest } = await cut(text)
  const parse = () => [...elements, rest].map((piece) => JSON.parse(piece) as unknown)
  expect(parse).toThrow(SyntaxError)
})

test('a second member of that name is in the rest, where its reader finds it', async () => {
  const { elements, rest } = await cut('{"data":[1],"data":[2]}')
  expect([elements, rest]).toEqual([['1', '2'], '{"data":[],"data":[]}'])
})
