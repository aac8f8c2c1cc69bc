/**
 * The service with one sealed key of a coin and rules to pay somebody, ready to be asked: `coin-keys.ts <network>`. For
 * chains of coins it says a whole request, in which `coin-requests.ts` has each spend a coin of its own.
 */
import { createBitcoin } from '../../packages/chancery/src/chains/bitcoin/chain.ts'
import { fromHex } from '../../packages/chancery/src/base/bytes.ts'
import type { AssetId, Network } from '../../packages/chancery/src/core/names.ts'
import { noRules, type Rules } from '../../packages/chancery/src/core/rules.ts'
import { secp256k1 } from '../../packages/chancery/src/curves/secp256k1.ts'
import { markedCoin, psbtIn } from './coin-requests.ts'
import { start } from './start.ts'

/** The public key of the secret 1: nobody's. */
const generator = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'

const network = process.argv[2] as Network
const isEvm = network.startsWith('eip155:')
const { service, call } = await start(network, {})
const { keyring, clients } = service.services
const family = isEvm ? 'evm' : 'bitcoin'
const key = await keyring.create({ backend: 'sealed', family, kind: 'decoded', ...(isEvm ? {} : { network }) }, call())
const asset: AssetId = isEvm ? `${network}/slip44:60` : `${network}/slip44:1`
const { recipient, psbt } = isEvm ? { recipient: `0x${'00'.repeat(18)}dEaD` } : coinRequest()
const rules: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: [network],
  recipients: [recipient],
  maximums: { [asset]: '1000000000' },
  fees: { [network]: '1000000000000000000' },
}
await keyring.putRules(key.id, rules, 0, call())
const grants = [{ operations: ['sign:transaction'], keys: [key.id], networks: '*' }] as const
const { secret } = await clients.create({ name: 'bench', grants }, call())
const url = `${service.url}/v1/keys/${key.id}/sign`
process.stdout.write(`${JSON.stringify({ url, apiKey: secret, network, recipient, psbt })}\n`)

/** One coin is spent, somebody is paid, and the rest comes back. Amounts are such that every coin's nodes would relay it. */
function coinRequest(): { readonly recipient: string; readonly psbt: string } {
  const { coins, address } = createBitcoin({ networks: [{ network }] })
  if (coins === undefined || key.address === undefined) throw new Error('there are no coins')
  const publicKey = secp256k1.publicKey(fromHex(key.publicKey))
  const payee = address(secp256k1.publicKey(Buffer.from(generator, 'hex')), network)
  const { value } = coins.spend({
    network,
    spender: { publicKey, change: key.address },
    coins: [markedCoin(key.address, 500_000_000n, network)],
    payments: [{ address: payee, amount: 100_000_000n }],
    feeRate: 1_000_000n,
    maxFee: 10_000_000n,
  })
  return { recipient: payee, psbt: psbtIn(value).toString('base64') }
}
