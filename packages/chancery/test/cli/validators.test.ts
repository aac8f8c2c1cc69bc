/** What the command sends, to a socket that answers as the Keymanager API does. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { addKeystore, keystoreFolder, testKeystore, type KeystoreFolder } from '../validators/keystores.ts'
import { chancery } from './terminal.ts'

async function answering(folder: string, statuses: readonly object[]) {
  const bodies: unknown[] = []
  const server = createServer((request, reply) => {
    const answer = (body: string) => {
      bodies.push(JSON.parse(body || 'null'))
      reply.setHeader('content-type', 'application/json').end(JSON.stringify({ data: statuses }))
    }
    text(request).then(answer, () => reply.destroy())
  })
  await mkdir(join(folder, 'data'), { recursive: true })
  await new Promise<void>((resolve) => server.listen(join(folder, 'data', 'chancery.sock'), resolve))
  onTestFinished(() => void server.close())
  return bodies
}

async function two(): Promise<KeystoreFolder & { texts: string[] }> {
  const all = await Promise.all([testKeystore(1), testKeystore(2)])
  const place = await keystoreFolder()
  for (const [index, one] of all.entries()) {
    await addKeystore(place, `k${index}`, one)
    await chmod(join(place.passwords, `k${index}.txt`), 0o600)
  }
  return { ...place, texts: all.map((one) => one.text) }
}

const run = ({ folder, keystores }: KeystoreFolder, args: readonly string[], typed = '') =>
  chancery(['validators', 'import', '--data-dir', join(folder, 'data'), '--keystores-path', keystores, ...args], {
    typed,
  })

describe('validators import', () => {
  test('sends each keystore with its password, and says what became of it', async () => {
    const place = await two()
    await writeFile(join(place.keystores, 'deposit_data-1700000000.json'), '[]')
    const bodies = await answering(place.folder, [
      { status: 'imported' },
      { status: 'error', message: 'wrong password' },
    ])
    const ran = await run(place, ['--keystores-passwords-path', place.passwords, '--json'])
    expect(bodies).toEqual([{ keystores: place.texts, passwords: ['password of 1', 'password of 2'] }])
    expect(ran.status).toBe(1)
    expect(JSON.parse(ran.out)).toEqual([
      { file: 'k0.json', status: 'imported' },
      { file: 'k1.json', status: 'error', message: 'wrong password' },
    ])
  })

  test('takes one password for all from a file, or from whoever types it', async () => {
    const place = await two()
    const bodies = await answering(place.folder, [{ status: 'imported' }, { status: 'duplicate' }])
    const file = join(place.folder, 'password')
    await writeFile(file, 'from a file\n', { mode: 0o600 })
    expect((await run(place, ['--keystores-password-file', file])).status).toBe(0)
    expect((await run(place, [], 'typed')).out).toMatch(/k1\.json +duplicate/)
    const expected = (password: string) => ({ keystores: place.texts, passwords: [password, password] })
    expect(bodies).toEqual([expected('from a file'), expected('typed')])
  })

  test('reads no password that others may read', async () => {
    const place = await two()
    await chmod(join(place.passwords, 'k1.txt'), 0o644)
    const ran = await run(place, ['--keystores-passwords-path', place.passwords])
    expect(ran).toMatchObject({ status: 2, notes: expect.stringContaining('chmod 600') })
  })

  test('needs a folder that is there', async () => {
    expect((await chancery(['validators', 'import'])).notes).toContain('--keystores-path')
    const ran = await chancery(['validators', 'import', '--keystores-path', '/nowhere'])
    expect(ran).toMatchObject({
      status: 2,
      notes: expect.stringContaining('Cannot read /nowhere: there is no such file'),
    })
  })
})

test('validators list, where none can sign, asks nobody to import those that are out of use', async () => {
  const { folder } = await keystoreFolder()
  await answering(folder, [])
  const { out } = await chancery(['validators', 'list', '--data-dir', join(folder, 'data')])
  expect(out).toMatch(/chancery keys list shows those out of use/)
})
