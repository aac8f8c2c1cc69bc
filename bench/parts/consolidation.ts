/**
 * A consolidation of many coins by one key, as the service builds and signs it: `consolidation.ts <backend> <coins>
 * [setting=value …]`. Says the milliseconds of each part and the MiB it took, of several runs.
 */
import { createBitcoin } from '../../packages/chancery/src/chains/bitcoin/chain.ts'
import { fromHex } from '../../packages/chancery/src/base/bytes.ts'
import type { Principal } from '../../packages/chancery/src/core/access.ts'
import type { Network } from '../../packages/chancery/src/core/names.ts'
import { noRules, type Rules } from '../../packages/chancery/src/core/rules.ts'
import { secp256k1 } from '../../packages/chancery/src/curves/secp256k1.ts'
import { markedCoin, psbtIn } from './coin-requests.ts'
import { heldByAll } from './memory.ts'
import { start } from './start.ts'

const [backend = 'sealed', count = '300', ...settings] = process.argv.slice(2)
const network: Network = 'bip122:000000000933ea01ad0ee984209779ba'
const runs = 5
const flags: Record<string, string> = {}
for (const [, name = '', value = ''] of settings.map((one) => /^([a-z-]+)=(.*)$/.exec(one) ?? [])) flags[name] = value
const { service, call } = await start(network, flags)
const { keyring, signing, clients } = service.services
const key = await keyring.create({ backend, family: 'bitcoin', kind: 'decoded', network }, call())
const { own, coins } = known(key.address, createBitcoin({ networks: [{ network }] }).coins)
const rules: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: [network],
  recipients: [own],
  maximums: { [`${network}/slip44:1`]: '1000000000' },
  fees: { [network]: '10000000' },
}
await keyring.putRules(key.id, rules, 0, call())
const grants = [{ operations: ['sign:transaction'], keys: [key.id], networks: '*' }] as const
const { client } = await clients.create({ name: 'bench', grants }, call())
const principal: Principal = { client: client.id, name: client.name, grants: client.grants, scheme: 'api-key' }
const spender = { publicKey: secp256k1.publicKey(fromHex(key.publicKey)), change: own }

const before = heldByAll(process.pid)
const taken: { build: number; sign: number }[] = []
for (let run = 0; run < runs; run++) taken.push(await consolidate(run))
// Once more for this alone: to look at the memory of processes takes milliseconds.
let most = before
const look = () => (most = Math.max(most, heldByAll(process.pid)))
const looking = setInterval(look, 100)
const { psbtBytes } = await consolidate(runs)
clearInterval(looking)
look()
process.stdout.write(`${JSON.stringify({ taken, before, most, psbtBytes })}\n`)

/** Coins of its own for each. */
async function consolidate(run: number) {
  const first = run * 100_000 + 1
  const all = Array.from({ length: Number(count) }, (_, i) => markedCoin(own, 100_000n, network, first + i))
  const began = performance.now()
  const { value } = coins.spend({ network, spender, coins: all, payments: [], feeRate: 2_000n, maxFee: 1_000_000n })
  const built = performance.now()
  await signing.sign({ key: key.id, operation: 'sign:transaction', network, value }, { ...call(), principal })
  return { build: built - began, sign: performance.now() - built, psbtBytes: psbtIn(value).length }
}

function known<T>(address: string | undefined, found: T | undefined): { readonly own: string; readonly coins: T } {
  if (address === undefined || found === undefined) throw new Error('there are no coins')
  return { own: address, coins: found }
}
