/** `chancery wallets migrate …`: from an old signer to this service, wallet by wallet, and back. */
import type { ShadowComparison, WalletMigration } from '@chancery/client'
import { UsageError, type Command, type Given, type Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { printOne, printRows } from '../output.ts'
import { everyPage } from '../paging.ts'
import { filledLines, readText } from '../reading.ts'
import { importAll } from './import.ts'
import { planCommand } from './plan.ts'
import { rowOf } from './show.ts'

const wallet = 'wal_01jd5w8x6vq3k7r0m2n4p5s6tc'

const takeIn: Command = {
  name: 'wallets migrate import',
  about: 'Take wallets in as shadows: checked and shown here, while their old signer goes on paying',
  takes: ['<file>'],
  flags: {},
  examples: ['chancery wallets migrate import wallets.jsonl'],
  run: (given, terminal) => importAll(given, terminal, { shadow: true }),
}

const shadow: Command = {
  name: 'wallets migrate shadow',
  about: 'Hold a transaction that the old signer signed against what would be signed here; status 1 where they differ',
  takes: ['<wallet>', '<raw>'],
  flags: {
    previous: {
      type: 'string',
      value: '<file>',
      about:
        "Of coins: the whole transactions it spends from, in hex, one a line (default: the service's node is asked)",
    },
  },
  examples: [
    `chancery wallets migrate shadow ${wallet} 0x02f8…`,
    `chancery wallets migrate shadow ${wallet} - < raw.hex`,
    `chancery wallets migrate shadow ${wallet} 02000000… --previous previous.hex`,
  ],
  run: async (given, terminal) => {
    const [name = '', word = ''] = given.words
    const raw = transactionIn(word === '-' ? await terminal.stdin() : word, '<raw>')
    const file = given.text('previous')
    const how = file === undefined ? {} : { previous: await transactionsIn(file, terminal) }
    const compared = await connect(given, terminal).wallets.shadow(name, raw, how)
    if (given.has('json')) terminal.out(JSON.stringify(compared, undefined, 2))
    else showComparison(compared, terminal)
    return compared.agrees ? 0 : 1
  },
}

async function transactionsIn(file: string, terminal: Terminal): Promise<readonly string[]> {
  return filledLines(await readText(file, terminal)).map(({ line, text }) =>
    transactionIn(text, `${file}, line ${line}`),
  )
}

/** Nodes of coins write hex without 0x. @throws UsageError, which repeats nothing of what may be a private key */
function transactionIn(text: string, where: string): string {
  const hex = text.trim().toLowerCase().replace(/^0x/, '')
  if (/^(?:[0-9a-f]{2})+$/.test(hex)) return `0x${hex}`
  const got = `${hex.length} ${/^[0-9a-f]*$/.test(hex) ? 'hex digits' : 'characters, not all of them hex digits'}`
  throw new UsageError(`${where} is no transaction in hex: got ${got}, wanted pairs of hex digits, with or without 0x`)
}

function showComparison({ agrees, difference, policy, attempt }: ShadowComparison, terminal: Terminal): void {
  terminal.out(agrees ? `They agree (${attempt ?? ''})` : `No agreement: ${difference ?? ''}`)
  if (policy === undefined || policy.verdict === 'allow') return
  const failed = policy.checks.filter(({ ok }) => !ok)
  terminal.note('The policy of wallets would not allow this payment here:')
  for (const { name, got, allowed } of failed) terminal.note(`  ${name}: ${got} (${allowed})`)
}

const cutOver: Command = {
  name: 'wallets migrate cut-over',
  about: 'Have a wallet pay from here from now on; stop its old signer for it first',
  takes: ['<wallet>'],
  flags: { force: { type: 'boolean', about: 'Though nothing was compared since it pays from elsewhere' } },
  examples: [`chancery wallets migrate cut-over ${wallet}`],
  run: async (given, terminal) => {
    const [name = ''] = given.words
    const moved = await connect(given, terminal).wallets.cutOver(name, { force: given.has('force') })
    show(given, terminal, moved)
    return 0
  },
}

const rollBack: Command = {
  name: 'wallets migrate roll-back',
  about: 'Have a wallet pay from elsewhere again; status 1 until nothing is under way here: say it again',
  takes: ['<wallet>'],
  flags: {},
  examples: [`chancery wallets migrate roll-back ${wallet}`],
  run: async (given, terminal) => {
    const [name = ''] = given.words
    const moved = await connect(given, terminal).wallets.rollBack(name)
    show(given, terminal, moved)
    const done = moved.underWay.length === 0
    terminal.note(done ? 'Its old signer may pay' : 'Its old signer must not pay yet')
    return done ? 0 : 1
  },
}

const status: Command = {
  name: 'wallets migrate status',
  about: 'Show from where a wallet pays and what is under way; without one, all that pay from elsewhere',
  takes: ['[wallet]'],
  flags: {},
  examples: ['chancery wallets migrate status', `chancery wallets migrate status ${wallet}`],
  run: async (given, terminal) => {
    const [name] = given.words
    const { wallets } = connect(given, terminal)
    if (name !== undefined) {
      show(given, terminal, await wallets.migration(name))
      return 0
    }
    const all = await everyPage(
      (page) => wallets.list(page),
      (page) => page.wallets,
    )
    const elsewhere = all.filter(({ paysFrom }) => paysFrom === 'elsewhere')
    printRows(given, terminal, elsewhere, elsewhere.map(rowOf), 'No wallet pays from elsewhere')
    return 0
  },
}

function show(given: Given, terminal: Terminal, migration: WalletMigration): void {
  const { wallet: shown, compared, underWay } = migration
  const { id, userId: user, address, paysFrom } = shown
  const open = underWay.map((one) => `${one.id} ${one.state}`).join(', ') || 'nothing'
  printOne(given, terminal, migration, { id, user, address, 'pays from': paysFrom, compared, 'under way': open })
}

export const migrateCommands: readonly Command[] = [planCommand, takeIn, shadow, cutOver, rollBack, status]
