/** The routes of a small back-end that many dApps carry: same variables, same paths, same replies. */
import { keccak256, parseTransaction, recoverTransactionAddress, serializeTransaction, type Hex } from 'viem'
import type { RunningService } from './service.ts'
import { must, type Steps } from './steps.ts'
import type { World } from './world.ts'
import { shop } from './keys.ts'

export async function useCompatibleRoutes({ step }: Steps, world: World, service: RunningService): Promise<void> {
  const call = (path: string, body?: object) => ask(service.url, world.compatible.apiKey, path, body)
  const address = await step('GET /kms/address: the key of AWS_KMS_KEY_ID', async (tell) => {
    const found = textOf(await call('/kms/address'), 'address')
    await world.chain.rpc('anvil_setBalance', found, '0x56bc75e2d63100000')
    tell(found)
    return found
  })
  const raw = await step('POST /kms/signDigest signs what the caller hashed, for BACKEND_API_KEY alone', async () => {
    const digest = keccak256(serializeTransaction(transaction))
    const stranger = await fetch(`${service.url}/kms/signDigest`, posted({ digest }, 'not the key'))
    must(stranger.status === 401, `a stranger got ${stranger.status}`)
    const signature = await call('/kms/signDigest', { digest })
    const [r, s] = [hexOf(textOf(signature, 'r')), hexOf(textOf(signature, 's'))]
    const signed = serializeTransaction(transaction, { r, s, yParity: Number(signature['yParity']) })
    const signer = await recoverTransactionAddress({ serializedTransaction: signed })
    must(signer === address, `it was signed by ${signer}`)
    return signed
  })
  await step('POST /eth/sendRawTransaction hands it to SEPOLIA_RPC_URL', async (tell) => {
    const hash = textOf(await call('/eth/sendRawTransaction', { raw }), 'result')
    must((await world.chain.rpc('eth_getTransactionReceipt', hash)) !== null, `the node does not have ${hash}`)
    tell(`${hash}, ${parseTransaction(raw).value ?? 0n} wei`)
  })
}

const transaction = {
  type: 'eip1559',
  chainId: 31337,
  nonce: 0,
  to: shop,
  value: 3n,
  gas: 21_000n,
  maxFeePerGas: 4_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
} as const

type Fields = Readonly<Record<string, unknown>>

async function ask(url: string, apiKey: string, path: string, body?: object): Promise<Fields> {
  const init = body === undefined ? { headers: { 'x-api-key': apiKey } } : posted(body, apiKey)
  const reply = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(20_000) })
  const text = await reply.text()
  must(reply.status === 200, `${path} answered ${reply.status}: ${text}`)
  return JSON.parse(text) as Fields
}

function posted(body: object, apiKey: string) {
  const headers = { 'content-type': 'application/json', 'x-api-key': apiKey }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name]
  must(typeof value === 'string', `there is no ${name} in ${JSON.stringify(fields)}`)
  return value
}

function hexOf(text: string): Hex {
  return `0x${text.replace(/^0x/, '')}`
}
