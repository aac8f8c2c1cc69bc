/** `chancery slashing export`: what validators signed, for whoever takes them over. */
import { open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Client, Interchange } from '@chancery/client'
import { counted } from '../base/counted.ts'
import { compareUint64 } from '../base/uint64.ts'
import { UsageError, type Command, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { keysFlag, keysOf, networkFlag, networkOf, progressOn } from './slashing-flags.ts'

export const slashingExport: Command = {
  name: 'slashing export',
  about: 'Write what validators signed as an EIP-3076 interchange',
  takes: [],
  flags: {
    to: { type: 'string', value: '<file>', about: 'A new file' },
    ...keysFlag,
    ...networkFlag,
  },
  examples: ['chancery slashing export --to interchange.json'],
  run: exportFile,
}

export async function exportFile(given: Given, terminal: Terminal): Promise<number> {
  const path = given.text('to')
  if (path === undefined) throw new UsageError('Name the file: --to <file>')
  const collected = await collect(connect(given, terminal), given, terminal)
  const full = resolve(terminal.cwd, path)
  await write(full, path, collected)
  const counts = { file: full, validators: collected.validators.size }
  const note = 'Stop whoever signed with these keys before another begins'
  terminal.out(
    given.has('json')
      ? JSON.stringify(counts)
      : `Wrote ${counted(counts.validators, 'validator')} to ${full}. ${note}.`,
  )
  return 0
}

/** One thing that was signed, as its text; shared by all validators that signed it, so that millions fit. */
interface Item {
  readonly order: string
  readonly text: string
}

interface Collected {
  readonly metadata: unknown
  readonly validators: ReadonlyMap<string, { readonly blocks: Set<Item>; readonly attestations: Set<Item> }>
}

async function collect(client: Client, given: Given, terminal: Terminal): Promise<Collected> {
  const validators = new Map<string, { blocks: Set<Item>; attestations: Set<Item> }>()
  const items = new Map<string, Item>()
  const itemOf = (value: object, order: string) => {
    const text = JSON.stringify(value)
    const item = items.get(text) ?? { order, text }
    items.set(text, item)
    return item
  }
  const progress = progressOn(terminal, undefined)
  let metadata: unknown
  for await (const part of parts(client, given)) {
    metadata = part.metadata
    for (const { pubkey, signed_blocks: blocks, signed_attestations: attestations } of part.data) {
      const validator = validators.get(pubkey) ?? { blocks: new Set(), attestations: new Set() }
      validators.set(pubkey, validator)
      for (const block of blocks) validator.blocks.add(itemOf(block, block.slot))
      for (const vote of attestations) validator.attestations.add(itemOf(vote, vote.target_epoch))
    }
    progress(validators.size)
  }
  return { metadata, validators }
}

/** Keys in one request. */
const mostKeys = 100

async function* parts(client: Client, given: Given): AsyncGenerator<Interchange> {
  const keys = keysOf(given)
  const groups = Array.from({ length: Math.ceil(keys.length / mostKeys) }, (_, n) =>
    keys.slice(n * mostKeys).slice(0, mostKeys),
  )
  for (const publicKeys of groups.length === 0 ? [undefined] : groups) {
    const which = { ...networkOf(given), ...(publicKeys && { publicKeys }) }
    let after: string | undefined
    do {
      const part = await client.slashingProtection.export({ ...which, ...(after !== undefined && { after }) })
      yield part.interchange
      after = part.next
    } while (after !== undefined)
  }
}

async function write(full: string, path: string, { metadata, validators }: Collected): Promise<void> {
  const file = await open(full, 'wx', 0o600).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UsageError(`${path} exists already`)
    throw error
  })
  try {
    await file.write(`{"metadata":${JSON.stringify(metadata)},"data":[`)
    let before = '\n'
    for (const [pubkey, { blocks, attestations }] of validators) {
      const [signed, voted] = [listed(blocks), listed(attestations)]
      await file.write(
        `${before}{"pubkey":${JSON.stringify(pubkey)},"signed_blocks":${signed},"signed_attestations":${voted}}`,
      )
      before = ',\n'
    }
    await file.write('\n]}\n')
    await file.sync()
  } catch (error) {
    await rm(full, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

function listed(items: ReadonlySet<Item>): string {
  const texts = [...items].sort(oldestFirst).map(({ text }) => text)
  return `[${texts.join(',')}]`
}

/** Of one number by their texts, each of which is there once. */
function oldestFirst(a: Item, b: Item): number {
  return compareUint64(a.order, b.order) || (a.text < b.text ? -1 : 1)
}
