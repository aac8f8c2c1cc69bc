/** Rules, a client with a grant, and transactions that the ledger takes. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  Address,
  AtomicTransactionComposer,
  decodeSignedTransaction,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Transaction,
} from 'algosdk'
import { algorandSigner, ChanceryError, createClient, type Client } from '../../packages/client/src/index.ts'
import { chancery, command, type RunningService } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import type { Account, Accounts } from './accounts.ts'
import { network, type Algod } from './algod.ts'
import { askedOfAws, type World } from './world.ts'

const apiKeyFile = 'api-key'

export async function allowPayments({ step }: Steps, { home, user }: World, accounts: Accounts): Promise<void> {
  const { sponsor, till, former } = accounts
  const rules = {
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [sponsor.address, till.address, former.address, user.addr.toString()],
    maximums: { [`${network}/slip44:283`]: '100' },
    fees: { [network]: '16000' },
  }
  await writeFile(join(home.folder, 'rules.json'), JSON.stringify(rules))
  await step('$ chancery rules put: each may pay the others and a user 100 microalgos at a time', async () => {
    for (const { name } of [sponsor, till, former]) await command(home, 'rules', 'put', name, 'rules.json')
  })
}

export function registerClient({ step }: Steps, { home }: World, { url }: RunningService): Promise<Client> {
  return step('$ chancery clients create: an application that may have them sign, and the sponsor pay', async () => {
    const grant = `sign:transaction,sponsor,keys:read@*@${network}`
    const { secret } = JSON.parse(await command(home, 'clients', 'create', 'app', '--grant', grant, '--json')) as {
      secret: string
    }
    await writeFile(join(home.folder, apiKeyFile), secret, { mode: 0o600 })
    return createClient({ url, apiKey: secret })
  })
}

export async function signPayments(
  steps: Steps,
  world: World,
  service: RunningService,
  client: Client,
  accounts: Accounts,
): Promise<void> {
  for (const account of [accounts.sponsor, accounts.till]) await signFile(steps, world, service, account)
  await signSixteen(steps, world, client, accounts.till)
  await refuseMore(steps, world, client, accounts.till)
}

/** Pays the user and names the payment: two that are the same would be one. */
async function payment(
  { client }: Algod,
  from: string,
  to: Address,
  amount: number,
  note: string,
): Promise<Transaction> {
  const suggestedParams = await client.getTransactionParams().do()
  const sender = Address.fromString(from)
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender,
    receiver: to,
    amount,
    note: new TextEncoder().encode(note),
    suggestedParams,
  })
}

async function signFile(
  { step }: Steps,
  world: World,
  { url }: RunningService,
  { name, address }: Account,
): Promise<void> {
  const { home, algod, user } = world
  await step(`$ chancery algorand sign ${name} --in pay.txn --out pay.stxn`, async (tell) => {
    const transaction = await payment(algod, address, user.addr, 5, 'from a file')
    await writeFile(join(home.folder, `${name}.txn`), transaction.toByte())
    const files = ['--in', `${name}.txn`, '--out', `${name}.stxn`, '--api-key-file', apiKeyFile, '--url', url]
    await command(home, 'algorand', 'sign', name, '--network', 'testnet', ...files)
    const signed = await readFile(join(home.folder, `${name}.stxn`))
    must(decodeSignedTransaction(signed).txn.txID() === transaction.txID(), 'another transaction came back')
    tell(await algod.confirm(signed))
  })
}

async function signSixteen({ step }: Steps, world: World, client: Client, { name }: Account): Promise<void> {
  const { algod, user } = world
  await step("algosdk's AtomicTransactionComposer takes the client as its signer, for a group of 16", async (tell) => {
    const before = (await askedOfAws(world)).length
    const { address, signer } = await algorandSigner(client, { key: name, network })
    const composer = new AtomicTransactionComposer()
    for (let i = 0; i < 16; i++) {
      composer.addTransaction({ txn: await payment(algod, address, user.addr, 1, `of a group: ${i}`), signer })
    }
    const { confirmedRound } = await composer.execute(algod.client, 4)
    const asked = (await askedOfAws(world)).slice(before)
    must(asked.join() === 'GetParameter', `AWS was asked for ${asked.join(', ')}`)
    tell(`round ${confirmedRound}; the key was decrypted once`)
  })
}

async function refuseMore({ step }: Steps, world: World, client: Client, { name }: Account): Promise<void> {
  const { algod, user } = world
  await step('More than its rules allow it does not sign, and AWS is not asked', async (tell) => {
    const before = (await askedOfAws(world)).length
    const { address, signTransaction } = await algorandSigner(client, { key: name, network })
    const refused = await signTransaction(await payment(algod, address, user.addr, 101, 'too much')).catch(
      (error: unknown) => error,
    )
    must(refused instanceof ChanceryError && refused.code === 'denied', `it answered ${String(refused)}`)
    must((await askedOfAws(world)).length === before, 'AWS was asked')
    tell(refused.message)
  })
}

/** `chancery algorand test … --submit`, which must end in a round. */
export async function paysItself({ home }: World, name: string): Promise<string> {
  const { status, out, err } = await chancery(home, 'algorand', 'test', name, '--network', 'testnet', '--submit')
  const [round] = /confirmed in round \d+/.exec(out) ?? []
  if (status === 0 && round !== undefined) return round
  throw new Error(`the test of ${name} ended with ${status}: ${err || out}`)
}
