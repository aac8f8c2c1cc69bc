/** What is done around a store that lost its newest rows: duties at the clock before, their rivals after, and the way back. */
import { expect } from 'vitest'
import * as house from './installation.ts'
import { rivalOf, type Load } from './load.ts'
import { epochNow, rootOf, slotsPerEpoch, type Root } from './network.ts'
import type { Question } from './questions.ts'

/** Each key proposes and votes, at the clock or so many epochs before it, and all of it is signed. */
export async function signNow(
  load: Load,
  url: string,
  keys: readonly Root[],
  before = 0,
): Promise<readonly Question[]> {
  const epoch = epochNow() - before
  const asked = keys.flatMap((key): readonly Question[] => [
    { keys: [key], duty: { kind: 'block', slot: epoch * slotsPerEpoch, body: rootOf(key) } },
    { keys: [key], duty: { kind: 'vote', source: epoch - 1, target: epoch, head: rootOf(key) } },
  ])
  const codes = await Promise.all(asked.map((question) => load.askOne(url, question)))
  expect(new Set(codes.flat())).toEqual(new Set(['signed']))
  return asked
}

/** Whatever with one of them would be slashed: rivals, and votes around. @returns the codes of the refusals */
export async function askRivals(load: Load, url: string, signed: readonly Question[]): Promise<ReadonlySet<string>> {
  const slashable = signed.flatMap((question) => [rivalOf(question), ...around(question)])
  const codes = await Promise.all(slashable.map((question) => heard(load, url, question)))
  return new Set(codes.flat())
}

/** A connection may end between two requests: whoever heard nothing asks again, as clients do. */
async function heard(load: Load, url: string, question: Question, tries = 5): Promise<readonly string[]> {
  const codes = await load.askOne(url, question)
  return tries > 0 && codes.includes('unreachable') ? heard(load, url, question, tries - 1) : codes
}

function around({ keys, duty }: Question): readonly Question[] {
  if (duty.kind === 'block') return []
  return [{ keys, duty: { ...duty, source: duty.source - 1, target: duty.target + 1 } }]
}

export const isReady = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200

/** As docs/validators-operations.md has it: everything frozen, the gap accepted, the keys enabled, thawed. */
export async function acceptGap(where: house.Installation, { name, url }: house.Process): Promise<void> {
  expect(await isReady(url)).toBe(false)
  await house.succeed(where, name, 'freeze', '--everything')
  const doctor = await house.run(where, name, 'doctor')
  expect(`${doctor.out} ${doctor.notes}`).toContain('accept-gap')
  await house.succeed(where, name, 'audit', 'accept-gap', '--reason', 'the store came back from yesterday')
  await house.succeed(where, name, 'keys', 'enable-held')
  await house.succeed(where, name, 'thaw', '--everything')
  expect(await isReady(url)).toBe(true)
}

/** No row is below the epoch after the clock's. */
export async function expectRaised(where: house.Installation, database?: string, name = 'one'): Promise<void> {
  const { protection } = await house.copyOf(where, name, database)
  const least = BigInt(epochNow())
  expect(protection.length).toBeGreaterThan(0)
  for (const { slot = 0n, source = 0n, target = 0n } of protection) {
    expect([slot >= least * BigInt(slotsPerEpoch), source >= least, target >= least]).toEqual([true, true, true])
  }
}

/** Within two epochs every key votes again. @returns milliseconds */
export function untilSigning(load: Load, url: string, keys: readonly Root[]): Promise<number> {
  const vote = (key: Root): Question => {
    const epoch = epochNow()
    return { keys: [key], duty: { kind: 'vote', source: epoch - 1, target: epoch, head: rootOf(`anew ${key}`) } }
  }
  const all = async () => (await Promise.all(keys.map((key) => load.askOne(url, vote(key))))).flat()
  return house.until(async () => (await all()).every((code) => code === 'signed'), 40_000)
}

/** Nothing slashable was ever given out; and of what the store holds now everything fits. */
export async function judge(
  where: house.Installation,
  clientLog: string,
  service: house.Process,
  database?: string,
): Promise<void> {
  expect(await house.succeed(where, service.name, 'audit', 'verify')).toContain('everything fits')
  const { findings } = await house.judge(where, clientLog, [], database, service.name)
  expect(findings.filter(({ invariant }) => invariant === 'I1')).toEqual([])
  // Signatures whose record was lost are what this is about.
  expect(new Set(findings.map(({ name }) => name))).toEqual(new Set(['release-without-earlier-attempt']))
}
