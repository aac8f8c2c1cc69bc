/**
 * Work on many things, `width` of them at a time; the results in the order of the items. Rejects with the first that does,
 * while those begun go on, and no other begins.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const rest = placed(items)
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}

/** A generator, because a loop that throws ends it for the others as well; it cannot end an array's own iterator. */
function* placed<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries()
}
