/** Who is told which key a wallet has, by right and by tier: Chancery's id for it, and AWS's name (P-04). */
import { DescribeKeyCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant, Wallet } from '../../../client/src/index.ts'
import { tiers } from '../../src/core/wallets.ts'
import { network } from './house.ts'
import { openWalletService, type WalletService } from './wallet-service.ts'

const rights = {
  reader: ['wallets:read'],
  maker: ['wallets:create'],
  ender: ['wallets:delete'],
  payer: ['wallets:read', 'withdraw'],
  sweeper: ['wallets:read', 'sweep'],
  registrar: ['wallets:read', 'register:read'],
  administrator: ['admin', 'wallets:read', 'wallets:create', 'wallets:delete'],
} as const satisfies Readonly<Record<string, Grant['operations']>>

type Role = keyof typeof rights
const strangers = ['reader', 'maker', 'ender', 'payer', 'sweeper', 'registrar'] as const
type Asked = readonly ['GET' | 'POST' | 'DELETE', string, object?]

let house: WalletService
const apiKeys = new Map<Role, string>()

beforeAll(async () => {
  house = await openWalletService({ configuration: { networks: [{ id: network }] } })
  for (const [role, operations] of Object.entries(rights)) {
    apiKeys.set(role as Role, await house.newClient(role, [...operations]))
  }
}, 60_000)
afterAll(() => house.end())

/** Every way to come by a wallet that a role has. The last takes back what the one before it did. */
function ways({ id, userId, address = '', tier }: Wallet): Readonly<Record<Role, readonly Asked[]>> {
  const wanted = { userId, asset: 'ETH', network, tier }
  const looks: readonly Asked[] = [
    ['GET', `/v1/wallets/${id}`],
    ['GET', `/v1/wallets/${address}`],
    ['GET', `/v1/wallets?userId=${userId}`],
    ['POST', `/v1/wallets/${id}/verify`],
  ]
  const makes: readonly Asked[] = [
    ['POST', '/v1/wallets', wanted],
    ['POST', '/v1/wallets/batch', { wallets: [wanted] }],
    ['POST', '/v1/wallet-keys', wanted],
  ]
  const ends: readonly Asked[] = [
    ['DELETE', `/v1/wallets/${id}?empty=true`],
    ['POST', `/v1/wallets/${id}/cancel-deletion`],
  ]
  const readers = { reader: looks, payer: looks, sweeper: looks, registrar: looks }
  return { ...readers, maker: makes, ender: ends, administrator: [...looks, ...makes, ...ends] }
}

/** The wallets in a reply, however it wraps them. */
function walletsIn(body: string): readonly Wallet[] {
  const { answers, wallets, ...one } = JSON.parse(body) as {
    readonly answers?: readonly { readonly wallet: Wallet }[]
    readonly wallets?: readonly Wallet[]
  }
  return wallets ?? answers?.map(({ wallet }) => wallet) ?? [one as unknown as Wallet]
}

async function told(role: Role, [method, path, body]: Asked): Promise<string> {
  const headers = { 'x-api-key': apiKeys.get(role) ?? '' }
  const reply = await house.service.ask(method, path, { headers, ...(body && { body }) })
  if (reply.status >= 300) throw new Error(`${method} ${path} of ${role}: ${reply.status} ${reply.body}`)
  return reply.body
}

describe.each(tiers)('of a wallet of the tier %s', (tier) => {
  let wallet: Wallet

  beforeAll(async () => {
    const made = await told('maker', ['POST', '/v1/wallets', { userId: `of-${tier}`, asset: 'ETH', network, tier }])
    const [only] = walletsIn(made)
    if (only === undefined) throw new Error('no wallet')
    wallet = only
  })

  test.each(strangers)('no key is named to the %s', async (role) => {
    for (const asked of ways(wallet)[role]) {
      const said = await told(role, asked)
      expect(walletsIn(said)).toMatchObject([{ id: wallet.id }])
      expect(said).not.toMatch(/keyId|kmsKeyId|arn:aws|"key_/)
    }
  })

  test("an administrator is told Chancery's id for its key, and AWS's name where AWS has it", async () => {
    const { id: keyId, kmsKeyId } = await keyOf(wallet)
    for (const asked of ways(wallet).administrator) {
      const [found] = walletsIn(await told('administrator', asked))
      expect([found?.id, found?.keyId, found?.kmsKeyId]).toEqual([wallet.id, keyId, kmsKeyId])
    }
    expect(await house.service.operator.wallets.get(wallet.id)).toMatchObject({ keyId })
    expect(house.service.broken).toEqual([])
  })
})

/** As the list of keys and AWS have it, which wallets' views have no part in. */
async function keyOf({ tier, publicKey }: Wallet): Promise<{ readonly id: string; readonly kmsKeyId?: string }> {
  const { keys } = await house.service.operator.keys.list({ limit: 100 })
  const key = keys.find((one) => (tier === 'hd' ? one.alias === 'wallets-evm' : one.publicKey === publicKey))
  if (key === undefined) throw new Error('no such key')
  const { id } = key
  if (tier === 'native') return { id, kmsKeyId: await arnBehind(`alias/chancery-${id}`) }
  return tier === 'datakey' ? { id, kmsKeyId: house.dataKey } : { id }
}

async function arnBehind(KeyId: string): Promise<string> {
  return (await house.kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn ?? ''
}
