/** A gap that was accepted on record: what the verifier says of it from then on. */
import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { attempt, clock, folder, openWhole, soon } from './fixtures.ts'

const by = { actor: 'operator', reason: 'restored' }

test('is found until it is accepted, and never again', async () => {
  const directory = await folder()
  const file = path.join(directory, 'store.db')
  const first = await openWhole(directory)
  const copy = path.join(directory, 'copy.db')
  await first.store.backup(copy, soon())
  await first.writer.record(attempt(1), soon())
  await first.writer.close(soon())
  await first.witness.close()
  await first.store.close()
  await rm(`${file}-wal`, { force: true })
  await copyFile(copy, file)
  const again = await openWhole(directory)
  const findings = async () =>
    (await verifyRegister(sourceOf(again.store, clock), { witness: again.witness.seen() })).findings
  expect((await findings()).length).toBeGreaterThan(0)
  await again.writer.acceptGap(by, soon())
  expect(await findings()).toEqual([])
})
