/** Things the examples speak of, so that they tell one story. No key here has ever held anything. */

export const keyExample = {
  id: 'key_01jd5w8x6vq3k7r0m2n4p5s6t8',
  alias: 'treasury',
  algorithm: 'secp256k1-ecdsa',
  publicKey: '0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  address: '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf',
  backend: 'sealed',
  family: 'evm',
  kind: 'decoded',
  state: 'enabled',
  frozen: false,
  createdAt: '2026-11-20T09:00:00.000Z',
} as const

export const accountKeyExample = {
  id: 'key_01jd5w8x6vq3k7r0m2n4p5s6td',
  alias: 'testnet-sponsor',
  algorithm: 'ed25519',
  publicKey: '0xea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c',
  address: '5JFGYY7CTRJAVPXVKB5RGLWF7GKUO5VOX27HXESCD3VGSFCG2IWAKDM5YU',
  backend: 'aws-kms',
  family: 'algorand',
  network: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe',
  kind: 'decoded',
  state: 'enabled',
  frozen: false,
  createdAt: '2026-11-20T09:00:00.000Z',
} as const

export const accountExample = {
  account: accountKeyExample.address,
  network: accountKeyExample.network,
  key: accountKeyExample,
  ledger: { balance: '10000000', minimum: '100000', assets: '0', contracts: '0', round: '48759809' },
} as const

export const clientExample = {
  id: 'cli_01jd5w8x6vq3k7r0m2n4p5s6t9',
  name: 'payouts',
  secrets: [{ id: '1', createdAt: '2026-11-20T09:00:00.000Z', expiresAt: '2027-02-18T09:00:00.000Z' }],
  sources: ['10.0.0.0/8'],
  grants: [{ operations: ['sign:transaction', 'keys:read', 'relay'], keys: [keyExample.id], networks: ['eip155:1'] }],
  frozen: false,
  createdAt: '2026-11-20T09:00:00.000Z',
} as const

export const walletExample = {
  id: 'wal_01jd5w8x6vq3k7r0m2n4p5s6tc',
  userId: '123',
  asset: 'BTC',
  network: 'testnet',
  chain: 'bip122:000000000933ea01ad0ee984209779ba',
  tier: 'sealed',
  address: 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
  addressType: 'p2wpkh',
  publicKey: '0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  providerId: '6f1c3f0e-2d4b-4c59-9b0a-3f2b1e8f7d65',
  status: 'CREATED',
  paysFrom: 'here',
  createdAt: '2026-11-20T09:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.000Z',
} as const

export const apiKeyExample = 'chancery_01jd5w8x6vq3k7r0m2n4p5s6t9_1_this-is-an-example-and-opens-nothing'

export const attemptExample = 'att_01jd5w8x6vq3k7r0m2n4p5s6ta'
export const transactionIdExample = 'txn_01jd5w8x6vq3k7r0m2n4p5s6tb'

export const orphanExample = {
  subject: 'orphan keys',
  level: 'warning',
  got: 'The KMS key arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is marked as the key key_01h455vb4pex5vsknk084sn02q, which no record names: a creation was interrupted, or its record was lost',
  advice: "After a restore it may hold a wallet's money: chancery wallets import",
} as const
