/** `chancery slashing import`: what validators signed elsewhere, from a file of any size. */
import type { Client, InterchangeResult } from '@chancery/client'
import { counted } from '../base/counted.ts'
import { UsageError, type Command, type Flags, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { examineFile, mergeResults, partsOf, plainName } from './slashing-file.ts'
import { forceFlag, keysFlag, keysOf, progressOn } from './slashing-flags.ts'

const flags: Flags = {
  from: { type: 'string', value: '<file>', about: 'EIP-3076 interchange, version 5' },
  ...keysFlag,
  ...forceFlag,
}

export const slashingImport: Command = {
  name: 'slashing import',
  about: 'Take over what validators signed elsewhere; nothing is ever lowered',
  takes: [],
  flags,
  examples: ['chancery slashing import --from interchange.json'],
  run: importFile,
}

export async function importFile(given: Given, terminal: Terminal): Promise<number> {
  const path = given.text('from')
  if (path === undefined) throw new UsageError('Name the file: --from <file>')
  const names = keysOf(given).map(plainName)
  const wanted = names.length === 0 ? undefined : new Set(names)
  const file = await examineFile(path, terminal)
  const results = new Map<string, InterchangeResult>()
  const client = connect(given, terminal)
  const forced = given.has('force')
  const progress = progressOn(terminal, file.validators)
  // An empty file is still of some network and version, which the service checks.
  if (file.validators === 0) await send(client, { ...file.around, data: [] }, { forced, sha256: file.sha256 })
  // The next part is read while the service works on this one.
  let sending: Promise<readonly InterchangeResult[]> = Promise.resolve([])
  for await (const { interchange, begun } of partsOf(path, file, wanted, terminal)) {
    mergeResults(results, await sending)
    progress(begun)
    sending = send(client, interchange, { forced, sha256: file.sha256 })
    sending.catch(() => {})
  }
  mergeResults(results, await sending)
  for (const name of wanted ?? []) {
    if (!results.has(name)) results.set(name, { ...missing, publicKey: name })
  }
  return report(given, terminal, [...results.values()])
}

const missing = { status: 'error', message: 'It is not in the file', blocks: 0, attestations: 0 } as const

export function send(
  client: Client,
  interchange: { readonly [name: string]: unknown },
  { forced, sha256 }: { readonly forced: boolean; readonly sha256?: `0x${string}` },
): Promise<readonly InterchangeResult[]> {
  const how = { ...(forced && { forced }), ...(sha256 !== undefined && { sha256 }) }
  return client.slashingProtection.import({ interchange, ...how })
}

/** @returns 1 where a validator could not be imported: whoever starts signing must know */
export function report(given: Given, terminal: Terminal, validators: readonly InterchangeResult[]): number {
  const failed = validators.filter(({ status }) => status === 'error')
  if (given.has('json')) terminal.out(JSON.stringify({ validators }, undefined, 2))
  else {
    const sum = (what: 'blocks' | 'attestations') => validators.reduce((total, one) => total + one[what], 0)
    for (const { publicKey, message = '' } of failed) terminal.out(`NOT IMPORTED  ${publicKey}  ${message}`)
    terminal.out(
      `Imported ${counted(validators.length - failed.length, 'validator')}: ${counted(sum('blocks'), 'block')}, ` +
        counted(sum('attestations'), 'attestation') +
        (failed.length === 0
          ? ''
          : `. ${counted(failed.length, 'validator')} not imported: the protection there was stays`),
    )
  }
  return failed.length === 0 ? 0 : 1
}
