/** The state, put together from the pieces in which the store thread gives it. */
import type { Fence, StateRecord } from '../../core/store.ts'

/** Records in a piece: of 10,000 keys one has half a megabyte, and other calls wait 5 ms for it. */
export const pieceSize = 500

/** Where a state record stands among all, which are in the order of (kind, id). */
export type Place = Pick<StateRecord, 'kind' | 'id'>

export interface Piece {
  readonly fence: Fence | undefined
  readonly records: readonly StateRecord[]
}

/** As many records as there are after a place, `pieceSize` at most. */
export type ReadPiece = (after: Place | undefined) => Promise<Piece>

/** Of one moment: begins again when the state was changed in between. @throws what `read` throws */
export async function readState(read: ReadPiece): Promise<Piece> {
  for (;;) {
    const whole = await readOnce(read)
    if (whole !== undefined) return whole
  }
}

async function readOnce(read: ReadPiece): Promise<Piece | undefined> {
  let piece = await read(undefined)
  const { fence } = piece
  const records = [...piece.records]
  for (let last = lastOfFull(piece); last !== undefined; last = lastOfFull(piece)) {
    piece = await read({ kind: last.kind, id: last.id })
    if (piece.fence?.mac !== fence?.mac) return undefined
    records.push(...piece.records)
  }
  return { fence, records }
}

function lastOfFull({ records }: Piece): StateRecord | undefined {
  return records.length < pieceSize ? undefined : records.at(-1)
}
