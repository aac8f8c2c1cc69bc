/** The register against AWS's own log. It reads files and asks nobody. */
import { open } from 'node:fs/promises'
import type { Reconciled, ReconcileOptions } from '../keys/aws/cloudtrail/reconcile.ts'
import { readKeyUses } from '../register/key-uses.ts'

export interface ReconcileRequest extends ReconcileOptions {
  /** An export of the register. */
  readonly exported: string
  /** Log files of CloudTrail, or folders of them. */
  readonly trails: readonly string[]
}

/** @throws Refused `invalid-request`, `invalid-payload` for files that cannot be read or are something else */
export async function reconcile({ exported, trails, ...options }: ReconcileRequest): Promise<Reconciled> {
  await using file = await open(exported)
  const uses = await readKeyUses(file.readLines())
  const [{ reconcile: against }, { readTrails }] = await Promise.all([
    import('../keys/aws/cloudtrail/reconcile.ts'),
    import('../keys/aws/cloudtrail/files.ts'),
  ])
  return against(uses, readTrails(trails), options)
}
