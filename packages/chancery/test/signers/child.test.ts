// Safety rule 12: a signer process reads the code it runs, and none of the files that are beside it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { spawnSigner } from '../../src/signers/child.ts'
import { type Frame, kinds } from '../../src/signers/frame.ts'

const folder = mkdtempSync(join(tmpdir(), 'chancery-child-'))
const secret = join(folder, 'key-encryption-key')
writeFileSync(secret, 'secret')
afterAll(() => rmSync(folder, { recursive: true }))

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url))

it('may not read what is outside the code', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<Frame>()
  const events = { frame: resolve, exit: (how: string) => reject(new Error(how)) }
  const child = spawnSigner(new URL('reading.ts', import.meta.url), events)
  const inside = [local('reading.ts'), local('../../package.json'), local('../../../../node_modules/ajv/package.json')]
  const outside = [secret, '/etc/passwd', join(homedir(), '.aws/credentials'), local('../../../../package.json')]
  child.send({ id: 1, kind: kinds.open, fields: [...inside, ...outside].map(utf8) })
  const { fields } = await promise
  await child.stop()
  const said = fields.map((field) => Buffer.from(field).toString())
  expect(said).toEqual([...inside.map(() => 'read'), ...outside.map(() => 'ERR_ACCESS_DENIED')])
})
