/** The register: what was signed, refused and changed, so kept that an edit shows. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { chancery, command } from './service.ts'
import { must, type Steps } from './steps.ts'
import type { World } from './world.ts'

interface Verification {
  readonly segments: number
  readonly entries: number
  readonly findings: readonly string[]
}

export async function verifyRegister({ step }: Steps, { home }: World): Promise<void> {
  await step('$ chancery audit verify', async (tell) => {
    tell(await command(home, 'audit', 'verify'))
  })
  await step('$ chancery audit export register.jsonl: anyone can verify it, without a key', async (tell) => {
    await command(home, 'audit', 'export', 'register.jsonl')
    tell(await command(home, 'audit', 'verify', '--export', 'register.jsonl'))
  })
}

/** Needs the backup. */
export async function findEdit({ step }: Steps, { home }: World): Promise<void> {
  await step('In a copy of the store, somebody turns a payment of 5 wei into 4', async () => {
    await cp(join(home.folder, 'backup'), join(home.folder, 'copy'), { recursive: true })
    edit(join(home.folder, 'copy', 'store.sqlite'))
  })
  await step('$ chancery audit verify --copy copy/store.sqlite finds it out', async (tell) => {
    const { status, out, err } = await chancery(home, 'audit', 'verify', '--copy', 'copy/store.sqlite', '--json')
    must(status === 1, `it ended with ${status}: ${err || out}`)
    const { findings } = JSON.parse(out) as Verification
    must(findings.length > 0, 'it names nothing')
    tell(findings.join('; '))
  })
}

function edit(path: string): void {
  const store = new DatabaseSync(path)
  try {
    const changed = store
      .prepare(
        `UPDATE entry SET body = replace(body, '"value":"5"', '"value":"4"')
         WHERE (stream, seq, i) IN
           (SELECT stream, seq, i FROM entry WHERE body LIKE '%"value":"5"%' LIMIT 1)`,
      )
      .run()
    must(changed.changes === 1, 'there is no such payment')
  } finally {
    store.close()
  }
}
