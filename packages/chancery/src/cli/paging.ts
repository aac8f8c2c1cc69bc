/** Lists that the service gives out in pages, whole. */

/** `ask` is called for one page after the other, until a page names no next one. */
export async function everyPage<P extends { readonly next?: string }, T>(
  ask: (page: { readonly limit: number; readonly after?: string }) => Promise<P>,
  itemsOf: (page: P) => readonly T[],
): Promise<readonly T[]> {
  const items: T[] = []
  let after: string | undefined
  do {
    const page = await ask({ limit: 100, ...(after !== undefined && { after }) })
    items.push(...itemsOf(page))
    after = page.next
  } while (after !== undefined)
  return items
}
