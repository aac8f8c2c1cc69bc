/** `chancery algorand doctor`: the checklist of a move from mnemonics to keys that are kept. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ChanceryError, type Account, type Client, type Finding } from '@chancery/client'
import type { Command, Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { printFindings } from '../findings.ts'
import { everyPage } from '../paging.ts'
import { aliasesIn, nonEmpty } from './names.ts'
import { holdsWords, variablesWithWords } from './stray-words.ts'

export const doctor: Command = {
  name: 'algorand doctor',
  about:
    'Go through the checklist of a migration: names, addresses, test signatures, and words left in the environment',
  takes: [],
  flags: {},
  examples: ['chancery algorand doctor', 'chancery algorand doctor --json'],
  run: async (given, terminal) => {
    const client = connect(given, terminal)
    const accounts = (await everyPage(client.accounts.list, (page) => page.accounts)).filter(isAlgorand)
    const findings = [
      ...accounts.flatMap(accountFindings),
      ...(await Promise.all(accounts.filter(isUsable).map((account) => tested(client, account)))),
      ...variableFindings(terminal, accounts),
      ...(await wordFindings(terminal)),
    ]
    return printFindings(given, terminal, findings)
  },
}

const isAlgorand = ({ key }: Account): boolean => key.family === 'algorand'
const isUsable = ({ key }: Account): boolean => key.state === 'enabled' && key.handedOver !== true
const nameOf = ({ key }: Account): string => key.alias ?? key.id

function accountFindings(account: Account): readonly Finding[] {
  const { ledger, finding } = account
  const subject = `account ${nameOf(account)}`
  if (finding !== undefined) return [{ subject, level: 'problem', got: finding }]
  if (ledger === undefined) {
    const advice = 'Give the network an rpc URL to see balance and authority'
    return [{ subject, level: 'warning', got: `${account.account}, which no node was asked about`, advice }]
  }
  return [{ subject, level: 'ok', got: `${account.account}, ${ledger.balance} microalgos` }]
}

/** Uses the key as the application will: permissions, names, parameter and address are all right, or it says which is not. */
async function tested(client: Client, account: Account): Promise<Finding> {
  const subject = `test signature of ${nameOf(account)}`
  try {
    await client.accounts.test(account.key.id, { network: account.network, submit: false })
    return { subject, level: 'ok', got: 'made and verified' }
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    const { message, hint } = error
    return { subject, level: 'problem', got: message, ...(hint !== undefined && { advice: hint }) }
  }
}

/** The variables such teams have: what they name must be here, and the old address must be the account's. */
function variableFindings({ env }: Terminal, accounts: readonly Account[]): readonly Finding[] {
  const aliases = aliasesIn(env).map(({ variable, alias }) => aliasFinding(variable, alias, accounts))
  const address = nonEmpty(env['ALGORAND_SPONSOR_ADDRESS'])
  return address === undefined ? aliases : [...aliases, addressFinding(address, accounts)]
}

function aliasFinding(subject: string, alias: string, accounts: readonly Account[]): Finding {
  const found = accounts.find(({ key }) => key.alias === alias)
  if (found) return { subject, level: 'ok', got: `${alias}, ${found.account}` }
  const advice = `Make it (chancery algorand create --name ${alias}), import it, or take it over (chancery algorand enrol)`
  return { subject, level: 'problem', got: `${alias}, which names no key here`, advice }
}

function addressFinding(address: string, accounts: readonly Account[]): Finding {
  const subject = 'ALGORAND_SPONSOR_ADDRESS'
  if (accounts.some(({ account }) => account === address)) return { subject, level: 'ok', got: address }
  const advice = 'It must be the address of the account: look at chancery algorand list'
  return { subject, level: 'problem', got: `${address}, which is no account here`, advice }
}

const places = ['.env', '.env.testnet', '.env.mainnet', '.env.local', '.env.production']

/** Words found are reported by the name that holds them, and never used or shown. */
async function wordFindings({ env, cwd }: Terminal): Promise<readonly Finding[]> {
  const files = await Promise.all(places.map(async (name) => ({ name, text: await textOf(resolve(cwd, name)) })))
  const found = [
    ...variablesWithWords(env).map((name) => `the variable ${name}`),
    ...files.flatMap(({ name, text }) => linesOf(text).map((line) => `${name}, line ${line}`)),
  ]
  if (found.length === 0) return [{ subject: 'words in the environment', level: 'ok', got: 'none' }]
  const advice = 'It was not used. Once the key here signs for the account, take it out, and keep one copy offline'
  return found.map((got) => ({ subject: 'words in the environment', level: 'problem', got, advice }))
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function linesOf(text: string): readonly number[] {
  return text.split('\n').flatMap((line, i) => (holdsWords(line) ? [i + 1] : []))
}
