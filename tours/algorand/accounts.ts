/** Accounts come to be: made in AWS KMS, made in Parameter Store with words, imported by words, and listed. */
import { mnemonicToSecretKey } from 'algosdk'
import { chancery, command } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import { network } from './algod.ts'
import { knownWords, secretOf, type Secret } from './secrets.ts'
import { atTerminal } from './terminal.ts'
import { askedOfAws, type World } from './world.ts'

export interface Account {
  readonly name: string
  readonly address: string
}

export interface Accounts {
  /** Made in AWS KMS, which never shows its key. */
  readonly sponsor: Account
  /** Made in Parameter Store. */
  readonly till: Account
  /** Somebody had its words before. */
  readonly former: Account
  /** What nobody may see again. */
  readonly secrets: readonly Secret[]
}

const nameOf = (role: string): string => `confio-testnet-${role}`
const flags = (role: string, ...more: readonly string[]) => [
  '--project',
  'confio',
  '--network',
  'testnet',
  '--role',
  role,
  ...more,
]

export async function makeAccounts(steps: Steps, world: World): Promise<Accounts> {
  const sponsor = await createNative(steps, world)
  const { till, secret } = await createInParameterStore(steps, world)
  const former = await importWords(steps, world)
  for (const { address } of [sponsor, till, former]) await world.algod.fund(address, 10_000_000)
  await list(steps, world, [sponsor, till, former])
  return { sponsor, till, former, secrets: [secret, secretOf('the imported account', knownWords)] }
}

function createNative({ step }: Steps, { home }: World): Promise<Account> {
  return step('$ chancery algorand create --project confio --network testnet: native, in AWS KMS', async (tell) => {
    const { status, out, err } = await chancery(home, 'algorand', 'create', ...flags('sponsor'))
    must(status === 0, `it ended with ${status}: ${err || out}`)
    must(
      err.includes('it has no words') && err.includes('multisig'),
      `it does not say what takes the words' place: ${err}`,
    )
    const name = nameOf('sponsor')
    const address = await command(home, 'algorand', 'address', name)
    tell(`${address}; no words exist, and it says what takes their place`)
    return { name, address }
  })
}

interface Made {
  readonly till: Account
  readonly secret: Secret
}

async function createInParameterStore({ step }: Steps, { home }: World): Promise<Made> {
  const args = ['algorand', 'create', ...flags('till', '--backend', 'aws-ssm')]
  await step('Without a terminal it makes no account that has words', async () => {
    const { status, err } = await chancery(home, ...args)
    must(status === 2 && err.includes('on a terminal only'), `it ended with ${status}: ${err}`)
  })
  return step(
    '$ chancery algorand create … --backend aws-ssm: words, shown once and three asked back',
    async (tell) => {
      let asked = 0
      let words = ''
      const { status, out } = await atTerminal(home, args, (question, shown) => {
        asked++
        words = wordsIn(shown)
        return words.split(' ')[Number(/\d+/.exec(question)?.[0]) - 1] ?? ''
      })
      const address = await command(home, 'algorand', 'address', nameOf('till'))
      // What the terminal showed is not quoted: it holds the words.
      must(status === 0 && asked === 3, `it ended with ${status} after ${asked} questions`)
      must(mnemonicToSecretKey(words).addr.toString() === address, 'the words are of another account')
      must(out.includes(address), 'it does not show the address')
      tell(`${address} is what algosdk makes of the words`)
      const path = '/confio/algorand/confio-testnet-till/private-key'
      must((await command(home, 'algorand', 'list', '--json')).includes(path), `the list does not name ${path}`)
      tell(`kept at ${path}`)
      return { till: { name: nameOf('till'), address }, secret: secretOf('the account made in Parameter Store', words) }
    },
  )
}

function wordsIn(shown: string): string {
  return Array.from({ length: 25 }, (_, i) => new RegExp(`\\b${i + 1} ([a-z]+)`).exec(shown)?.[1] ?? '').join(' ')
}

function importWords({ step }: Steps, { home, printed }: World): Promise<Account> {
  return step('$ chancery algorand import … --backend aws-ssm: 25 words by a prompt that hides them', async (tell) => {
    const { address } = secretOf('', knownWords)
    const asked: string[] = []
    const ran = await atTerminal(
      home,
      ['algorand', 'import', ...flags('former', '--backend', 'aws-ssm')],
      (question) => {
        asked.push(question)
        return question.startsWith('The 25 words') ? knownWords : 'yes'
      },
    )
    printed.set('the terminal of the import', ran.out)
    must(ran.status === 0, `it ended with ${ran.status} after ${asked.length} questions`)
    must(ran.out.includes(`The words are of ${address}`), 'it does not show the address first')
    tell(`${address}, confirmed by whoever sat there`)
    return { name: nameOf('former'), address }
  })
}

interface Listed {
  readonly key: { readonly alias?: string; readonly backend: string; readonly state: string }
  readonly account: string
  readonly network: string
  readonly ledger?: { readonly balance: string; readonly authority?: string }
}

async function list({ step }: Steps, world: World, accounts: readonly Account[]): Promise<void> {
  await step(
    '$ chancery algorand list: where each key is and what its account has, and nothing is decrypted',
    async (tell) => {
      const before = (await askedOfAws(world)).length
      const listed = JSON.parse(await command(world.home, 'algorand', 'list', '--json')) as readonly Listed[]
      for (const { name, address } of accounts) {
        const found = listed.find(({ key }) => key.alias === name)
        const right = found?.account === address && found.network === network && found.ledger?.balance === '10000000'
        must(right && found.key.state === 'enabled', `${name} is listed as ${JSON.stringify(found)}`)
        tell(`${name} ${found.key.backend}`)
      }
      const opened = (await askedOfAws(world))
        .slice(before)
        .filter((one) => one === 'GetParameter' || one === 'Decrypt')
      must(opened.length === 0, `AWS was asked for ${opened.join(', ')}`)
    },
  )
}
