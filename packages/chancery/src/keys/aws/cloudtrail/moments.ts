/** Times in order, to be asked whether one lies in a span. */
export interface Moments {
  /** The first from `from` to `to`, both included; -1 where there is none. */
  firstIn(from: number, to: number): number
}

export function momentsOf(times: Iterable<number>): Moments {
  const sorted = Float64Array.from(times).toSorted()
  return {
    firstIn(from, to) {
      let [low, high] = [0, sorted.length]
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((sorted[middle] ?? 0) < from) low = middle + 1
        else high = middle
      }
      const first = sorted[low]
      return first !== undefined && first <= to ? first : -1
    },
  }
}
