/** `chancery wallets policy …`: what wallets may pay, as a document, and what it would say. */
import type { CheckWalletPolicy, WalletPolicy, WalletPolicyVerdict } from '@chancery/client'
import { parseYaml } from '../../config/yaml.ts'
import { UsageError, type Command, type Flags, type Given, type Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { readText, wholeNumber } from '../reading.ts'

const get: Command = {
  name: 'wallets policy get',
  about: 'Print what wallets may pay, and the version of it',
  takes: [],
  flags: {},
  examples: ['chancery wallets policy get', 'chancery wallets policy get --json > wallet-policy.json'],
  run: async (given, terminal) => {
    const { version, value } = await connect(given, terminal).walletPolicy.get()
    terminal.out(JSON.stringify(value, undefined, 2))
    terminal.note(`version ${version}`)
    return 0
  },
}

const put: Command = {
  name: 'wallets policy put',
  about: 'Replace what wallets may pay with a JSON or YAML file; - reads standard input',
  takes: ['<file>'],
  flags: { version: { type: 'string', value: '<n>', about: 'The version replaced (default: the newest)' } },
  examples: [
    'chancery wallets policy put wallet-policy.yaml',
    'chancery wallets policy put - --version 3 < wallet-policy.json',
  ],
  run: async (given, terminal) => {
    const [file = ''] = given.words
    const { walletPolicy } = connect(given, terminal)
    const text = file === '-' ? await terminal.stdin() : await readText(file, terminal)
    const newest = given.text('version') === undefined ? (await walletPolicy.get()).version : 0
    const version = wholeNumber(given, 'version', newest, 0, Number.MAX_SAFE_INTEGER)
    // The service judges what it says: a refusal there names the member, and the right name for a wrong one.
    const policy = parseYaml(text, file) as unknown as WalletPolicy
    const made = await walletPolicy.put(policy, version)
    terminal.out(given.has('json') ? JSON.stringify(made) : `The policy of wallets is version ${made.version}`)
    if (made.value.rules.length === 0) terminal.note('It has no rule: no wallet pays anybody')
    return 0
  },
}

const questionFlags: Flags = {
  wallet: { type: 'string', value: '<wallet>', about: 'Which wallet pays' },
  user: { type: 'string', value: '<user>', about: 'Without a wallet: whose it would be' },
  tier: { type: 'string', value: '<tier>', about: 'Without a wallet: native, datakey, hd or sealed' },
  asset: { type: 'string', value: '<asset>', about: 'A symbol or CAIP-19 id (default: the coin of the wallet)' },
  network: { type: 'string', value: '<network>', about: 'Where the asset is served on several' },
  to: { type: 'string', value: '<address>', about: 'Who would be paid' },
  amount: { type: 'string', value: '<amount>', about: 'In base units' },
  'max-fee': { type: 'string', value: '<amount>', about: 'The most its fee may come to, in base units (default: 0)' },
}

const check: Command = {
  name: 'wallets policy check',
  about: 'See what the policy would say of a payment: nothing is claimed; status 1 where it is denied',
  takes: [],
  flags: questionFlags,
  examples: [
    'chancery wallets policy check --user 123 --tier hd --asset ETH --to 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045 --amount 5000',
  ],
  run: async (given, terminal) => {
    const verdict = await connect(given, terminal).walletPolicy.check(questionOf(given))
    if (given.has('json')) terminal.out(JSON.stringify(verdict, undefined, 2))
    else show(verdict, terminal)
    return verdict.verdict === 'allow' ? 0 : 1
  },
}

function questionOf(given: Given): CheckWalletPolicy {
  const [to, amount, maxFee] = [given.text('to'), given.text('amount'), given.text('max-fee')]
  if (to === undefined || amount === undefined) throw new UsageError('Give --to and --amount')
  const names = (['wallet', 'user', 'tier', 'asset', 'network'] as const).flatMap((name) => {
    const text = given.text(name)
    return text === undefined ? [] : [[name, text] as const]
  })
  if (names.length === 0) throw new UsageError('Give --wallet, or --user, --tier and --asset')
  // The service judges which of them are names of something.
  const who = Object.fromEntries(names) as Pick<CheckWalletPolicy, 'wallet' | 'user'>
  return { ...who, to, amount, ...(maxFee !== undefined && { maxFee }) }
}

function show({ verdict, checks, windows, frozen, hint }: WalletPolicyVerdict, terminal: Terminal): void {
  terminal.out(verdict === 'allow' ? 'Allowed' : 'Denied')
  if (frozen !== undefined) terminal.out(`  NO  frozen: ${frozen}`)
  for (const { ok, name, got, allowed } of checks) terminal.out(`${mark(ok)}${name}: ${got} (${allowed})`)
  for (const { scope, period, amount, used, limit } of windows) {
    const fits = BigInt(used) + BigInt(amount) <= BigInt(limit)
    terminal.out(`${mark(fits)}${scope} ${period}: ${used} used, ${amount} more (at most ${limit})`)
  }
  if (hint !== undefined) terminal.note(hint)
}

const mark = (ok: boolean): string => (ok ? '  ok  ' : '  NO  ')

export const walletPolicyCommands: readonly Command[] = [get, put, check]
