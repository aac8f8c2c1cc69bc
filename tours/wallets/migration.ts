/** Ten wallets from an old signer to this service, one by one, and back: nothing is paid twice, and nothing is lost. */
import type { KMSClient } from '@aws-sdk/client-kms'
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ChanceryError, type Client, type Wallet, type WalletMigration } from '../../packages/client/src/index.ts'
import { kmsOf } from '../aws.ts'
import { chancery, command, type Home } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import { oldWallet, payAsBefore, type OldWallet } from './old-signer.ts'
import { followed } from './paying.ts'
import { wordsOf } from './refusing.ts'
import type { World } from './world.ts'

const count = 10
const payee = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const value = 1_000_000_000_000_000n
const payment = { to: payee, value } as const

/** A wallet at its old signer, and the same one here. */
interface Moved {
  readonly old: OldWallet
  readonly id: string
}

export async function moveAndReturn(steps: Steps, world: World, client: Client): Promise<void> {
  const kms = kmsOf(world.aws)
  try {
    const wallets = await takeIn(steps, world, kms)
    await refuseShadow(steps, world.home, client, wallets)
    await compare(steps, world, client, kms, wallets)
    await cutOver(steps, world, client, wallets)
    await rollBack(steps, world, client, kms, wallets)
  } finally {
    kms.destroy()
  }
}

async function takeIn({ step }: Steps, world: World, kms: KMSClient): Promise<readonly Moved[]> {
  const { home, chains } = world
  const olds = await step(`Another signer has ${count} wallets, with keys in the same KMS account`, async () => {
    const installation = await installationOf(home)
    const made = await Promise.all(Array.from({ length: count }, () => oldWallet(kms, installation)))
    for (const { address } of made) await chains.ethereum.give(address, 10n ** 18n)
    await writeFile(join(home.folder, 'wallets.jsonl'), made.map(recordOf).join('\n'))
    return made
  })
  await step('$ chancery wallets migrate plan wallets.jsonl: what each would come to', async (tell) => {
    const { status, out, err } = await chancery(home, 'wallets', 'migrate', 'plan', 'wallets.jsonl')
    must(status === 0, `it ended with ${status}: ${out}${err}`)
    tell(err.trim().split('\n').at(-1) ?? '')
  })
  return step('$ chancery wallets migrate import wallets.jsonl: in the shadow of the old signer', async (tell) => {
    const out = await command(home, 'wallets', 'migrate', 'import', 'wallets.jsonl', '--json')
    const taken = out.split('\n').map((line) => JSON.parse(line) as Wallet)
    const moved = olds.flatMap((old) => {
      const found = taken.find(({ address, paysFrom }) => address === old.address && paysFrom === 'elsewhere')
      return found === undefined ? [] : [{ old, id: found.id }]
    })
    must(moved.length === count, `${moved.length} of ${count} pay from elsewhere`)
    tell(`${count} wallets, each address held against its key`)
    return moved
  })
}

/** The manifest of any backup says it. */
async function installationOf(home: Home): Promise<string> {
  await command(home, 'backup', 'first-backup')
  const manifest = await readFile(join(home.folder, 'first-backup', 'manifest.json'), 'utf8')
  const [id] = /ins_[a-z0-9]+/.exec(manifest) ?? []
  must(id !== undefined, 'the backup does not say which installation it is of')
  return id
}

/** The fields of the original collection. */
function recordOf({ keyArn, address }: OldWallet, i: number): string {
  return JSON.stringify({
    userId: `moved ${i + 1}`,
    address,
    asset: 'ETH',
    network: 'sepolia',
    kmsKeyId: keyArn,
    providerId: randomUUID(),
    status: 'CREATED',
    createdAt: '2025-05-14T09:00:00.000Z',
  })
}

async function refuseShadow({ step }: Steps, home: Home, client: Client, [first]: readonly Moved[]): Promise<void> {
  await step('A shadow pays nothing, and is not cut over before the two signers were compared', async (tell) => {
    tell(await refusedHere(client, first))
    const { status, err } = await chancery(home, 'wallets', 'migrate', 'cut-over', first?.id ?? '')
    must(status === 1, `it ended with ${status}`)
    tell(err.trim().split('\n')[0] ?? '')
  })
}

async function refusedHere(client: Client, moved: Moved | undefined): Promise<string> {
  const request = { wallet: moved?.id ?? '', to: payee, amount: String(value) }
  const asked = client.withdrawals.create(request, { idempotencyKey: 'too-soon' })
  const refused = await asked.catch((error: unknown) => error)
  must(refused instanceof ChanceryError && refused.code === 'wallet-state', `it answered ${String(refused)}`)
  return wordsOf(refused)
}

async function compare(
  { step }: Steps,
  { chains }: World,
  client: Client,
  kms: KMSClient,
  wallets: readonly Moved[],
): Promise<void> {
  await step('The old signer pays from each; what it signed is signed here too, and compared', async (tell) => {
    for (const { old, id } of wallets) {
      const { agrees, difference, policy } = await client.wallets.shadow(
        id,
        await payAsBefore(kms, chains.ethereum, old, payment),
      )
      must(agrees && policy?.verdict === 'allow', `${id} differs: ${difference ?? policy?.verdict}`)
    }
    tell(`${wallets.length} of ${wallets.length} agree; our signatures were handed to nobody`)
  })
}

async function cutOver({ step }: Steps, world: World, client: Client, wallets: readonly Moved[]): Promise<void> {
  const { home, chains } = world
  await step('$ chancery wallets migrate cut-over, wallet by wallet, and each pays from here', async (tell) => {
    const before = await chains.ethereum.held(payee)
    for (const { id } of wallets) {
      await command(home, 'wallets', 'migrate', 'cut-over', id)
      const request = { wallet: id, to: payee, amount: String(value) }
      const asked = await client.withdrawals.create(request, { idempotencyKey: `from-here-${id}` })
      await followed(client, { chain: chains.ethereum }, asked)
    }
    const paid = (await chains.ethereum.held(payee)) - before
    must(paid === value * BigInt(wallets.length), `the payee got ${paid}`)
    tell(`${wallets.length} payments, none of them lost or made twice`)
  })
}

async function rollBack(
  { step }: Steps,
  world: World,
  client: Client,
  kms: KMSClient,
  wallets: readonly Moved[],
): Promise<void> {
  const { home, chains } = world
  await step('$ chancery wallets migrate roll-back, wallet by wallet, and the old signer pays again', async (tell) => {
    const before = await chains.ethereum.held(payee)
    for (const moved of wallets) {
      const out = await command(home, 'wallets', 'migrate', 'roll-back', moved.id, '--json')
      const { wallet, underWay } = JSON.parse(out) as WalletMigration
      must(wallet.paysFrom === 'elsewhere' && underWay.length === 0, `${moved.id} pays from ${wallet.paysFrom}`)
      await refusedHere(client, moved)
      await payAsBefore(kms, chains.ethereum, moved.old, payment)
    }
    const paid = (await chains.ethereum.held(payee)) - before
    must(paid === value * BigInt(wallets.length), `the payee got ${paid}`)
    tell(`${wallets.length} wallets are where they were; here they pay nothing`)
  })
}
