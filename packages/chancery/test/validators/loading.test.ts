/** Keys that stand in files, loaded into a real house: sealed by signer processes, recorded in SQLite. */
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorPrincipal } from '../../src/access/operator.ts'
import type { Hex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createConsensus } from '../../src/chains/consensus/chain.ts'
import { yamlDocuments } from '../../src/config/yaml.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import type { LoadingStatus } from '../../src/core/validators.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { createLoading, type Loading } from '../../src/validators/loading/loading.ts'
import type { KeyPlaces, LoadingRooms } from '../../src/validators/loading/rooms.ts'
import { openHouse, removeFolder, type TestHouse } from '../integration/house.ts'
import { scratchDirectory } from '../store/scratch.ts'
import { addKeystore, keystoreFolder, randomPrivateKey, testKeystore, type TestKeystore } from './keystores.ts'

const network = 'beacon:mainnet'
let house: TestHouse

beforeAll(async () => {
  house = await openHouse({ folder: scratchDirectory(), chains: [createConsensus({ networks: [{ network }] })] })
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

interface Loaded {
  readonly loading: Loading
  readonly told: { readonly failures: string[]; readonly states: LoadingStatus[] }
  /** Runs it once more, to its end. */
  run(): Promise<LoadingStatus>
}

function loaderOf(places: KeyPlaces, more: Partial<LoadingRooms> = {}): Loaded {
  const told = { failures: [] as string[], states: [] as LoadingStatus[] }
  const loading = createLoading({
    places,
    keyring: house.keyring,
    state: house.state,
    clock: systemClock,
    target: { backend: 'sealed', family: 'consensus', network },
    principal: operatorPrincipal,
    shared: false,
    protect: async () => {},
    readDocuments: yamlDocuments,
    failed: (source, message) => void told.failures.push(`${source}: ${message}`),
    progress: (status) => void told.states.push({ ...status, failures: [...status.failures] }),
    ...more,
  })
  const run = async () => {
    expect(loading.reload()).toBe(true)
    await loading.idle()
    return loading.status()
  }
  return { loading, told, run }
}

/** A validator key that no other test has. */
const fresh = (password?: string): Promise<TestKeystore> =>
  testKeystore(0, { privateKey: randomPrivateKey(), ...(password !== undefined && { password }) })

const stateOf = ({ publicKey }: TestKeystore) => house.state.current().findKey(publicKey)?.state

describe('a folder of keystores', () => {
  test('is loaded with a password for each, and its keys are validator keys that can sign', async () => {
    const all = await Promise.all([1, 2, 3].map((index) => testKeystore(index)))
    const { keystores, passwords } = await keystoreFolder(all)
    const { run, told } = loaderOf({ keystores: { folder: keystores, passwords } })
    expect(await run()).toMatchObject({ state: 'completed', loaded: 3, total: 3, failures: [] })
    for (const { publicKey, path } of all) {
      expect(house.state.current().findKey(publicKey)).toMatchObject({
        algorithm: 'bls12-381',
        family: 'consensus',
        network,
        kind: 'decoded',
        state: 'enabled',
        derivation: path,
      })
    }
    expect(told.states.at(-1)?.finishedAt).toMatch(/^20/)
  })

  test('or with one for all', async () => {
    const all = await Promise.all([fresh('one for all'), fresh('one for all')])
    const { folder, keystores } = await keystoreFolder(all)
    await writeFile(join(folder, 'password.txt'), 'one for all\n')
    const { run } = loaderOf({ keystores: { folder: keystores, passwordFile: join(folder, 'password.txt') } })
    expect(await run()).toMatchObject({ state: 'completed', loaded: 2 })
  })

  test('names each failure and its reason, and shows nothing of a file; the others load', async () => {
    const [good, wrong, without, torn] = await Promise.all([fresh(), fresh(), fresh(), fresh()])
    const place = await keystoreFolder([good])
    await addKeystore(place, 'wrong-password', { ...wrong, password: 'canary-password' })
    await writeFile(join(place.keystores, 'no-password.json'), without.text)
    await addKeystore(place, 'torn', { ...torn, text: torn.text.slice(0, 200) })
    await addKeystore(place, 'other-key', {
      ...torn,
      text: torn.text.replace(torn.publicKey.slice(2), wrong.publicKey.slice(2)),
    })
    await addKeystore(place, 'large', { ...torn, text: ' '.repeat(70_000) })
    await mkdir(join(place.keystores, 'folder.json'))
    await symlink(join(place.folder, 'nowhere'), join(place.keystores, 'dangling.json'))
    await writeFile(join(place.keystores, '.hidden.json'), 'not looked at')
    await writeFile(join(place.keystores, 'readme.md'), 'not looked at')
    await writeFile(join(place.keystores, 'deposit_data-1700000000.json'), 'not looked at')
    const { run, told } = loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } })
    const status = await run()
    expect(status).toMatchObject({ state: 'completed_with_errors', loaded: 1, total: 8 })
    const reasons = Object.fromEntries(
      status.failures.map(({ source, message }) => [source.slice(place.keystores.length + 1), message]),
    )
    expect(reasons).toEqual({
      'wrong-password.json': expect.stringMatching(/password/i),
      'no-password.json': expect.stringContaining('no-password.txt cannot be read: it is not there'),
      'torn.json': expect.stringContaining('is no EIP-2335 keystore'),
      'other-key.json': expect.stringMatching(/public key/i),
      'large.json': expect.stringContaining('larger than 65,536 bytes'),
      'folder.json': expect.stringContaining('is not a file'),
      'dangling.json': expect.stringContaining('cannot be read: it is not there'),
    })
    expect(told.failures).toHaveLength(7)
    expect(JSON.stringify([status, told])).not.toMatch(/canary|checksum|ciphertext/)
    expect(stateOf(good)).toBe('enabled')
    expect(stateOf(wrong)).toBeUndefined()
  })

  test('that is not there has failed, and is found by the next reload', async () => {
    const place = await keystoreFolder([await fresh()])
    const away = join(place.folder, 'away')
    await rename(place.keystores, away)
    const { run } = loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } })
    const gone = await run()
    expect(gone).toMatchObject({ state: 'failed', loaded: 0, failures: [{ source: place.keystores }] })
    await rename(away, place.keystores)
    expect(await run()).toMatchObject({ state: 'completed', loaded: 1 })
  })

  test('with one key in two files loads it once, and names the second', async () => {
    const twice = await fresh()
    const place = await keystoreFolder([twice, twice])
    await symlink(join(place.keystores, 'keystore-0.json'), join(place.keystores, 'keystore-2.json'))
    await writeFile(join(place.passwords, 'keystore-2.txt'), twice.password)
    const { run } = loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } })
    const status = await run()
    expect(status).toMatchObject({ state: 'completed_with_errors', loaded: 1, total: 3 })
    expect(status.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('the same key as'),
      expect.stringContaining('the same key as'),
    ])
  })
})

describe('a reload', () => {
  test('finds only what is new, and reads nothing of the rest', async () => {
    const place = await keystoreFolder([await fresh(), await fresh()])
    const { run } = loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } })
    expect(await run()).toMatchObject({ loaded: 2, failures: [] })
    const { epoch } = house.state.current()
    await rm(place.passwords, { recursive: true })
    expect(await run()).toMatchObject({ state: 'completed', loaded: 2, total: 2 })
    await mkdir(place.passwords)
    expect(house.state.current().epoch).toBe(epoch)
    await addKeystore(place, 'added', await fresh())
    expect(await run()).toMatchObject({ state: 'completed', loaded: 3, total: 3 })
    expect(house.state.current().epoch).toBe(epoch + 1)
  })

  test('is one at a time', async () => {
    const place = await keystoreFolder([await fresh()])
    const { loading } = loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } })
    expect(loading.status()).toMatchObject({ state: 'idle' })
    expect([loading.reload(), loading.reload()]).toEqual([true, false])
    expect(loading.status().state).toBe('running')
    await loading.idle()
    expect(loading.status().state).toBe('completed')
  })

  test('after a restart pays no password again', async () => {
    const place = await keystoreFolder([await fresh()])
    const places = { keystores: { folder: place.keystores, passwords: place.passwords } }
    await loaderOf(places).run()
    await rm(place.passwords, { recursive: true })
    expect(await loaderOf(places).run()).toMatchObject({ state: 'completed', loaded: 1 })
  })

  test('brings back no key that was deleted here, though its file was left behind', async () => {
    const one = await fresh()
    const place = await keystoreFolder([one])
    const places = { keystores: { folder: place.keystores, passwords: place.passwords } }
    const { run } = loaderOf(places)
    await run()
    await house.keyring.scheduleDeletion(one.publicKey, 7, house.operator())
    for (const again of [run, loaderOf(places).run]) {
      const status = await again()
      expect(status).toMatchObject({ state: 'completed', loaded: 0, total: 1 })
      expect(status.leftAside).toMatchObject([{ source: join(place.keystores, 'keystore-0.json') }])
    }
    expect(stateOf(one)).toBe('pending-deletion')
  })
})

test('two processes that load the same files at the same moment have all keys once', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => fresh()))
  const place = await keystoreFolder(all)
  const places = { keystores: { folder: place.keystores, passwords: place.passwords } }
  const statuses = await Promise.all([1, 2].map(() => loaderOf(places, { shared: true }).run()))
  for (const status of statuses) expect(status).toMatchObject({ state: 'completed', loaded: 6, failures: [] })
  expect(all.map(stateOf)).toEqual(all.map(() => 'enabled'))
})

test('a store that answers too late for any duty leaves no key out', async () => {
  const folder = scratchDirectory()
  const store = await openSqlite({ path: join(folder, 'store.sqlite'), clock: systemClock })
  let lost = 0
  const commit: Store['commit'] = async (round, deadline) => {
    const result = await store.commit(round, deadline)
    // Recorded, and nobody hears of it before the writer asks.
    return round.signs && lost++ === 0 ? Promise.withResolvers<never>().promise : result
  }
  const slow = await openHouse({
    folder,
    store: { ...store, commit },
    chains: [createConsensus({ networks: [{ network }] })],
  })
  const place = await keystoreFolder([await fresh(), await fresh()])
  const places = { keystores: { folder: place.keystores, passwords: place.passwords } }
  expect(await loaderOf(places, { keyring: slow.keyring, state: slow.state }).run()).toMatchObject({
    loaded: 2,
    failures: [],
  })
  expect(lost).toBeGreaterThan(0)
  await slow.close()
  await removeFolder(slow)
})

test('keys that loaded sign while others load', async () => {
  const slow = await testKeystore(0, { privateKey: randomPrivateKey(), scryptN: 131_072 })
  const quick = await fresh()
  const place = await keystoreFolder([quick])
  const places = { keystores: { folder: place.keystores, passwords: place.passwords } }
  const first = loaderOf(places)
  await first.run()
  await addKeystore(place, 'slow', slow)
  expect(first.loading.reload()).toBe(true)
  const standing = house.state.current().findKey(quick.publicKey)
  expect(first.loading.status()).toMatchObject({ state: 'running' })
  expect(standing?.state).toBe('enabled')
  await first.loading.idle()
  expect(first.loading.status()).toMatchObject({ state: 'completed', loaded: 2 })
})

describe('before keys can sign', () => {
  test('their protection is raised', async () => {
    const one = await fresh()
    const place = await keystoreFolder([one])
    const seen: [Hex, string | undefined][] = []
    const protect = async (publicKeys: readonly Hex[]) => {
      seen.push(...publicKeys.map((key): [Hex, string | undefined] => [key, stateOf(one)]))
    }
    await loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } }, { protect }).run()
    expect(seen).toEqual([[one.publicKey, undefined]])
  })

  test('and where it cannot be, they do not load; the next reload tries again', async () => {
    const one = await fresh()
    const place = await keystoreFolder([one])
    let broken = true
    const protect = async () => {
      if (broken) throw new Failed('clock-in-doubt', 'The clock is wrong')
    }
    const { run } = loaderOf({ keystores: { folder: place.keystores, passwords: place.passwords } }, { protect })
    expect(await run()).toMatchObject({ state: 'completed_with_errors', failures: [{ message: 'The clock is wrong' }] })
    expect(stateOf(one)).toBeUndefined()
    broken = false
    expect(await run()).toMatchObject({ state: 'completed', loaded: 1 })
  })
})

describe('Web3Signer’s key configurations', () => {
  async function configs(files: Readonly<Record<string, string>>) {
    const place = await keystoreFolder()
    for (const [name, text] of Object.entries(files)) await writeFile(join(place.folder, name), text)
    return { ...place, ...loaderOf({ keyConfigs: { folder: place.folder } }) }
  }

  test('of keystores and raw keys are loaded, several in a file, paths beside the file', async () => {
    const [stored, raw, second] = await Promise.all([fresh(), fresh(), fresh()])
    const { run, keystores, passwords } = await configs({
      'a.yaml':
        'type: file-keystore\nkeyType: BLS\nkeystoreFile: keystores/x.json\nkeystorePasswordFile: passwords/x.txt\n',
      'b.yml': `type: "file-raw"\nkeyType: "BLS"\nprivateKey: "${raw.privateKey}"\n---\ntype: file-raw\nprivateKey: ${second.privateKey}\n`,
    })
    await addKeystore({ folder: '', keystores, passwords }, 'x', stored)
    expect(await run()).toMatchObject({ state: 'completed', loaded: 3, total: 3 })
    expect([stored, raw, second].map(stateOf)).toEqual(['enabled', 'enabled', 'enabled'])
    expect(await run()).toMatchObject({ state: 'completed', loaded: 3, total: 3 })
  })

  test.each([
    ['type: hashicorp\nkeyPath: x\n', 'HashiCorp Vault'],
    ['type: azure-secret\nclientId: x\n', 'Azure Key Vault'],
    ['type: aws-secret\n', 'AWS Secrets Manager'],
    ['type: aws-kms\nkeyType: SECP256K1\n', 'chancery keys enrol --backend aws-kms'],
    ['type: file-raw\nkeyType: SECP256K1\nprivateKey: "0x01"\n', 'chancery keys import'],
    ['type: carrier-pigeon\n', 'file-raw and file-keystore'],
    ['type: file-raw\n', 'no privateKey'],
    ['type: file-raw\nprivatKey: "0x0123456789canary"\n', 'privateKey'],
    ['type: file-raw\nprivateKey: "0x0123456789canary"\n', 'hex digits'],
    ['type: file-raw\nprivateKey: &canary "0x01"\nother: *canary\n', 'YAML'],
    ['- canary\n', 'members by name'],
    ['type: file-raw\nprivateKey: [canary\n', 'YAML'],
    ['# nothing\n', 'no key configuration'],
    [`# ${'x'.repeat(105_000)}\n`, 'larger than'],
  ])('%j is refused by name', async (text, reason) => {
    const { run, told, folder } = await configs({ 'one.yaml': text })
    const status = await run()
    expect(status).toMatchObject({ state: 'completed_with_errors', loaded: 0, total: 1 })
    expect(status.failures).toMatchObject([
      { source: join(folder, 'one.yaml'), message: expect.stringMatching(new RegExp(reason, 'i')) },
    ])
    expect(JSON.stringify([status, told])).not.toContain('canary')
  })

  test('a wrong document hides no other one', async () => {
    const raw = await fresh()
    const { run, folder } = await configs({
      'one.yaml': `type: hashicorp\n---\ntype: file-raw\nprivateKey: ${raw.privateKey}\n`,
    })
    const status = await run()
    expect(status).toMatchObject({
      loaded: 1,
      total: 2,
      failures: [{ source: `${join(folder, 'one.yaml')}, document 1` }],
    })
  })
})
