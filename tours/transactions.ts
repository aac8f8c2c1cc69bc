/** Transactions: signed by the service, sent by it, and followed until they are mined. */
import type { Client, Transaction } from '../packages/client/src/index.ts'
import { ChanceryError } from '../packages/client/src/index.ts'
import { shop, type Key, type Keys } from './keys.ts'
import type { EvmNode } from './nodes.ts'
import { must, type Steps } from './steps.ts'
import { gasFreeNetwork, network, type World } from './world.ts'

const kinds = [
  ['A legacy transaction (EIP-155)', { type: 0 }],
  ['A transaction with an access list (EIP-2930)', { type: 1, accessList: [] }],
  ['A transaction of today (EIP-1559)', { type: 2 }],
] as const

export async function sendEachKind({ step }: Steps, { chain }: World, client: Client, keys: Keys): Promise<void> {
  for (const [name, key] of [
    ['the AWS KMS key', keys.kms],
    ['the sealed key', keys.sealed],
  ] as const) {
    for (const [title, form] of kinds) {
      await step(`${title} by ${name} is mined`, async (tell) => {
        const sent = await client.transactions.send({
          key: key.id,
          network,
          transaction: { ...form, to: shop, value: '5' },
        })
        tell(await proveMined(chain, client, sent, key, form.type))
      })
    }
  }
}

export async function sendForNothing({ step }: Steps, { gasFree }: World, client: Client, key: Key): Promise<void> {
  await step('On a chain without gas, an account with nothing sends for nothing', async (tell) => {
    must((await gasFree.rpc('eth_getBalance', key.address, 'latest')) === '0x0', 'the account has a balance')
    const transaction = { to: shop, value: '0' }
    const sent = await client.transactions.send({ key: key.id, network: gasFreeNetwork, transaction })
    tell(`gasPrice 0, ${await proveMined(gasFree, client, sent, key, 0)}`)
  })
}

/** Waits for the service to say so, then asks the node itself. @returns a few words for people */
export async function proveMined(
  node: EvmNode,
  client: Client,
  sent: Transaction,
  { address }: Key,
  type: number,
): Promise<string> {
  const { state, signed, details } = await client.transactions.wait(sent.id, { until: 'mined', seconds: 20 })
  must(state === 'mined' || state === 'final', `it is ${state}: ${JSON.stringify(details)}`)
  const hash = signed[0]?.hash ?? 'no hash'
  const found = await node.rpc('eth_getTransactionByHash', hash)
  must(isMined(found) && found.from === address.toLowerCase(), `the node does not have ${hash} from ${address}`)
  must(Number(found.type) === type, `it has type ${found.type}, wanted ${type}`)
  return `block ${Number(found.blockNumber)}, ${hash}`
}

interface Mined {
  readonly from: string
  readonly type: string
  readonly blockNumber: string
}

function isMined(value: unknown): value is Mined {
  return typeof value === 'object' && value !== null && 'blockNumber' in value && typeof value.blockNumber === 'string'
}

export async function sendTwice({ step }: Steps, client: Client, key: Key): Promise<void> {
  await step('The same request with the same Idempotency-Key is the same transaction', async (tell) => {
    const request = { key: key.id, network, transaction: { to: shop, value: '7' } }
    const first = await client.transactions.send(request, { idempotencyKey: 'invoice-4711' })
    const second = await client.transactions.send(request, { idempotencyKey: 'invoice-4711' })
    must(first.id === second.id, 'they are two')
    await client.transactions.wait(first.id, { until: 'mined', seconds: 20 })
    tell('nothing is paid twice')
  })
}

export async function beRefused({ step }: Steps, client: Client, key: Key): Promise<void> {
  await step('2,000 wei to a stranger are refused, and every failed check is named', async (tell) => {
    const to = '0x000000000000000000000000000000000000dEaD'
    const sent = client.transactions.send({ key: key.id, network, transaction: { to, value: '2000' } })
    const error = await sent.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    must(error instanceof ChanceryError && error.code === 'denied', 'it was not denied')
    const failed = (error.checks ?? []).filter(({ ok }) => !ok)
    must(failed.length > 0, 'no check is named')
    for (const { name, got, allowed } of failed) tell(`${name}: got ${got}, allowed ${allowed}`)
  })
}
