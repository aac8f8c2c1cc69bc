/** The right name for a wrong one, for refusals that say "did you mean". */

/** The candidate with the fewest edits, if they are few enough for the name to be a slip. Case does not count. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase(), fewest)
    if (edits < fewest) [best, fewest] = [candidate, edits]
  }
  return best
}

/** The same as a hint. What is right begins with `prefix`, which neither the name nor the candidates have. */
export function didYouMean(name: string, candidates: Iterable<string>, prefix = ''): string | undefined {
  const right = nearest(name, candidates)
  return right === undefined ? undefined : `did you mean ${prefix}${right}?`
}

/** Insertions, deletions, replacements and swaps of neighbours; `limit` where it is no fewer. (Optimal string alignment.) */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: readonly number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) row.push(cell(a, b, i, j, row, previous, before))
    before = previous
    previous = row
  }
  return previous[b.length] ?? limit
}

function cell(
  a: string,
  b: string,
  i: number,
  j: number,
  row: readonly number[],
  previous: readonly number[],
  before: readonly number[],
): number {
  const at = (list: readonly number[], index: number) => list[index] ?? Infinity
  const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity
  return Math.min(at(previous, j) + 1, at(row, j - 1) + 1, replaced, swapped)
}
