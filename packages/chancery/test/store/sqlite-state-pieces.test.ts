/** A state read in pieces is the state of one moment, whatever is changed meanwhile. */
import { expect, test } from 'vitest'
import type { StateRecord } from '../../src/core/store.ts'
import { pieceSize, readState, type Piece, type ReadPiece } from '../../src/store/sqlite/state-pieces.ts'
import { fenceAt, record } from '../contract/store/writer.ts'

const name = (i: number) => `cli_${String(i).padStart(5, '0')}`
const recordsAt = (version: number, count: number) => Array.from({ length: count }, (_, i) => record(name(i), version))

/** Every record is changed before each of the first `changes` pieces but the first. */
function changing(changes: number, count: number): { readonly read: ReadPiece; readonly asked: () => number } {
  let [epoch, asked] = [1, 0]
  const read: ReadPiece = (after) => {
    if (asked++ > 0 && epoch <= changes) epoch++
    const left = recordsAt(epoch, count).filter(({ id }: StateRecord) => after === undefined || id > after.id)
    return Promise.resolve<Piece>({ fence: fenceAt(epoch), records: left.slice(0, pieceSize) })
  }
  return { read, asked: () => asked }
}

test.each([0, 1, 2, 5])('of %i changes in between, none shows half', async (changes) => {
  const count = 2 * pieceSize + 7
  const { read } = changing(changes, count)
  expect(await readState(read)).toEqual({ fence: fenceAt(changes + 1), records: recordsAt(changes + 1, count) })
})

test.each([
  [0, 1],
  [1, 1],
  [pieceSize - 1, 1],
  [pieceSize, 2],
  [pieceSize + 1, 2],
  [3 * pieceSize, 4],
])('%i records come in %i pieces', async (count, pieces) => {
  const { read, asked } = changing(0, count)
  expect((await readState(read)).records).toEqual(recordsAt(1, count))
  expect(asked()).toBe(pieces)
})

test('a piece that cannot be read is no state', async () => {
  const broken: ReadPiece = (after) =>
    after === undefined ? changing(0, pieceSize).read(after) : Promise.reject(new Error('broken'))
  await expect(readState(broken)).rejects.toThrow('broken')
})
