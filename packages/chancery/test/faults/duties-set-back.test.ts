/**
 * Validators on a SQLite store that lost its newest rows: set back, lost alone, lost with its witness, set back together with
 * it. Nothing slashable is signed, and the way back of docs/validators-operations.md leads to signing within two epochs.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, type TestContext } from 'vitest'
import type { TestKeystore } from '../validators/keystores.ts'
import { recordTo } from './client-recorder.ts'
import * as house from './duties/installation.ts'
import { createLoad, type Load } from './duties/load.ts'
import type { Root } from './duties/network.ts'
import type { Question } from './duties/questions.ts'
import { acceptGap, askRivals, expectRaised, isReady, judge, signNow, untilSigning } from './duties/set-back.ts'

interface Validators {
  readonly where: house.Installation
  service: house.Process
  readonly keystores: readonly TestKeystore[]
  readonly keys: readonly Root[]
  readonly load: Load
  readonly clientLog: string
}

/** Epochs are waited for, so the tests wait side by side. */
async function open({ onTestFinished }: TestContext): Promise<Validators> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-set-back-'))
  const clientLog = join(folder, 'clients.jsonl')
  const load = createLoad(() => [], recordTo(clientLog), Math.random)
  const where = house.install(folder)
  const service = await house.start(where, 'one')
  const keystores = await house.freshKeystores(4)
  const keys = await house.importKeys(where, service, keystores)
  const all: Validators = { where, service, keystores, keys, load, clientLog }
  onTestFinished(async () => {
    load.close()
    await house.kill(all.service)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return all
}

const volume = ({ where }: Validators) => house.dataDir(where, 'one')
const witnesses = ({ where }: Validators) => join(where.folder, 'witnesses')
const yesterday = ({ where }: Validators, name: number) => join(where.folder, 'yesterday', String(name))

/** Signs, is copied where it is asked for, signs more, and is killed. @returns what a copy does not know of */
async function livesOn(all: Validators, copied: readonly string[] = []): Promise<readonly Question[]> {
  await signNow(all.load, all.service.url, all.keys, 5)
  if (copied.length > 0) {
    await house.kill(all.service)
    for (const [index, from] of copied.entries()) {
      await cp(from, yesterday(all, index), { recursive: true, filter: isNoSocket })
    }
    all.service = await house.start(all.where, 'one')
  }
  const lost = await signNow(all.load, all.service.url, all.keys)
  await house.kill(all.service)
  return lost
}

/** That of a service that was killed is still there. */
const isNoSocket = (path: string) => !path.endsWith('.sock')

async function putBack(all: Validators, copied: readonly string[]): Promise<void> {
  for (const [index, to] of copied.entries()) {
    await rm(to, { recursive: true })
    await cp(yesterday(all, index), to, { recursive: true })
  }
  all.service = await house.start(all.where, 'one')
}

/** Starts again, with the keys in files beside it. */
async function startWithKeystores(all: Validators): Promise<void> {
  const path = join(all.where.folder, 'keystores')
  await mkdir(path)
  for (const [index, { text, password }] of all.keystores.entries()) {
    await writeFile(join(path, `${index}.json`), text)
    await writeFile(join(path, `${index}.txt`), password)
  }
  const flags = ['--keystores-path', path, '--keystores-passwords-path', path]
  all.service = await house.start(all.where, 'one', undefined, ...flags)
}

const loaded = (all: Validators, word: string) =>
  house.until(async () => (await (await fetch(`${all.service.url}/reload`)).text()).includes(`"${word}"`), 30_000)

const refusals = ({ load, service }: Validators, lost: readonly Question[]) => askRivals(load, service.url, lost)

/** What was lost stays unsigned, then and after everything signs again. */
async function goesOn(all: Validators, lost: readonly Question[]): Promise<void> {
  await expectRaised(all.where)
  expect(await refusals(all, lost)).toEqual(new Set(['conflicts-with-earlier']))
  await untilSigning(all.load, all.service.url, all.keys)
  expect(await refusals(all, lost)).toEqual(new Set(['conflicts-with-earlier']))
  await judge(all.where, all.clientLog, all.service)
}

describe.concurrent('a store of validators', () => {
  test('set back signs nothing until the gap is accepted, and begins with the next epoch', async (context) => {
    const all = await open(context)
    const lost = await livesOn(all, [volume(all)])
    await putBack(all, [volume(all)])
    expect(await refusals(all, lost)).toEqual(new Set(['behind-witness']))
    await acceptGap(all.where, all.service)
    await goesOn(all, lost)
  }, 180_000)

  test('lost, with its witness still there, takes no keys from files until the gap is accepted', async (context) => {
    const all = await open(context)
    const lost = await livesOn(all)
    await rm(volume(all), { recursive: true })
    await startWithKeystores(all)
    await loaded(all, 'completed_with_errors')
    expect(await refusals(all, lost)).toEqual(new Set(['key-not-found']))
    await acceptGap(all.where, all.service)
    const authorization = `Bearer ${await house.apiKey(all.where, 'one', 'keys:create@*@*')}`
    expect((await fetch(`${all.service.url}/reload`, { method: 'POST', headers: { authorization } })).status).toBe(202)
    await loaded(all, 'completed')
    await goesOn(all, lost)
  }, 180_000)

  test('lost with its witness lets keys that load from files begin with the next epoch', async (context) => {
    const all = await open(context)
    const lost = await livesOn(all)
    await Promise.all([volume(all), witnesses(all)].map((path) => rm(path, { recursive: true })))
    await startWithKeystores(all)
    await loaded(all, 'completed')
    expect(await isReady(all.service.url)).toBe(true)
    await goesOn(all, lost)
  }, 180_000)

  test('set back together with its witness cannot know: repaired before any client asks, it is safe', async (context) => {
    const all = await open(context)
    const lost = await livesOn(all, [volume(all), witnesses(all)])
    await putBack(all, [volume(all), witnesses(all)])
    expect(await isReady(all.service.url)).toBe(true)
    await house.succeed(all.where, 'one', 'slashing', 'repair')
    await goesOn(all, lost)
  }, 180_000)
})
