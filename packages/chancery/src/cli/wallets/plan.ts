/** `chancery wallets migrate plan`: what taking wallets in would come to, before anything is. */
import type { WalletImportPlan } from '@chancery/client'
import { ChanceryError } from '@chancery/client'
import type { Command, Given, Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { keepTelling } from '../progress.ts'
import { readRecords, type NumberedRecord } from './records.ts'

export const planCommand: Command = {
  name: 'wallets migrate plan',
  about: 'See what taking wallets in would come to, and what to do about each; nothing is recorded',
  takes: ['<file>'],
  flags: {},
  examples: ['chancery wallets migrate plan wallets.jsonl'],
  run: planAll,
}

type Step = WalletImportPlan['step']

interface Planned extends NumberedRecord {
  readonly step: Step
  readonly detail: string
}

const words: Readonly<Record<Step, string>> = {
  import: 'ready to be taken in: chancery wallets migrate import',
  none: 'here already',
  mend: 'records that do not fit: mend them',
  tag: 'keys without the tag of this installation: tag them, as docs/aws.md says',
  reach: 'keys that the service cannot use: allow it, enable them, or configure their back-end',
  retry: 'not answered: ask again',
  sweep: 'keys that cannot come: make a new wallet for the user, and have the old signer sweep the old one there',
}

/** @returns 1 while anything stands in the way of a record */
async function planAll(given: Given, terminal: Terminal): Promise<number> {
  const records = await readRecords(given, terminal)
  const { wallets } = connect(given, terminal)
  const planned: Planned[] = []
  using progress = keepTelling(() => terminal.note(`${planned.length} of ${records.length}`))
  for (const one of records) {
    planned.push({ ...one, ...(await stepOf(() => wallets.plan(one.record))) })
    progress.tell()
  }
  show(planned, given, terminal)
  return planned.every(({ step }) => step === 'import' || step === 'none') ? 0 : 1
}

/** A record that the service does not take as one is to be mended too. */
async function stepOf(ask: () => Promise<WalletImportPlan>): Promise<{ readonly step: Step; readonly detail: string }> {
  try {
    const { step, problem } = await ask()
    const told = [
      problem?.detail,
      problem?.got && `got ${problem.got}`,
      problem?.wanted && `wanted ${problem.wanted}`,
      problem?.hint,
    ]
    return { step, detail: told.filter(Boolean).join('; ') }
  } catch (error) {
    if (!(error instanceof ChanceryError) || error.code !== 'invalid-request') throw error
    return { step: 'mend', detail: error.message }
  }
}

function show(planned: readonly Planned[], given: Given, terminal: Terminal): void {
  for (const { line, record, step, detail } of planned) {
    const { userId, asset, network, address } = record
    if (given.has('json')) terminal.out(JSON.stringify({ line, userId, asset, network, address, step, detail }))
    else terminal.out([step.padEnd(6), `line ${line}`, userId, asset, address, detail].join('\t').trimEnd())
  }
  for (const [step, about] of Object.entries(words)) {
    const count = planned.filter((one) => one.step === step).length
    if (count > 0) terminal.note(`${count} of ${planned.length} ${about}`)
  }
}
