/** What interrupted creations left in key back-ends: nothing uses it, and its owner pays for it. */
import { type Deadline, within } from '../base/deadline.ts'
import { canFindOrphans, type KeyBackend, type Orphan } from '../core/backend.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import type { Finding } from '../core/services.ts'

/** Two back-ends may see the same one. What fails is silent: the same back-end says why when it is asked for its keys. */
export async function orphansIn(
  backends: readonly KeyBackend[],
  records: readonly KeyRecord[],
  deadline: Deadline,
): Promise<readonly Finding[]> {
  const recorded = records.map(refOf)
  const asked = backends.filter(canFindOrphans).map(async (backend): Promise<readonly Orphan[]> => {
    try {
      return await within(deadline, backend.name, backend.orphans(recorded, deadline))
    } catch {
      return []
    }
  })
  const found = new Map((await Promise.all(asked)).flat().map(({ finding, remedy }) => [finding, remedy]))
  return [...found].map(([got, advice]) => ({ subject: 'keys', level: 'warning', got, advice }))
}
