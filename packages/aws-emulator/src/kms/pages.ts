import { AwsError } from '../errors.ts'

export interface Page<T> {
  readonly items: readonly T[]
  readonly Truncated: boolean
  readonly NextMarker?: string
}

/** Cuts one page out of a list whose items have a stable position. The marker is the position, in base64. */
export function page<T>(items: readonly T[], limit: number, marker: string | undefined): Page<T> {
  const start = marker === undefined ? 0 : readMarker(marker)
  const end = start + limit
  if (end >= items.length) return { items: items.slice(start), Truncated: false }
  return { items: items.slice(start, end), Truncated: true, NextMarker: writeMarker(end) }
}

const writeMarker = (position: number) => Buffer.from(`position ${position}`).toString('base64')

function readMarker(marker: string): number {
  const match = /^position (\d+)$/.exec(Buffer.from(marker, 'base64').toString())
  if (match === null) throw new AwsError('InvalidMarkerException', 'Could not deserialize marker')
  return Number(match[1])
}
