/** Three rooms know Algorand's networks and may not import each other: what they know must be the same. */
import { expect, test } from 'vitest'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import { networkNameOf, networkOf } from '../../src/cli/algorand/names.ts'
import { isMainNetwork } from '../../src/config/networks.ts'
import { networkOf as networkOfGenesis } from '../../src/nodes/algorand/genesis.ts'

const { accounts, networkName } = createAlgorand({ networks: [] })
const named = (network: string) => ({ words: [], text: () => network, texts: () => [], has: () => false })
const nobody = async (): Promise<string> => Promise.reject(new Error('nobody is here to be asked'))
const terminal = {
  env: {},
  cwd: '/nowhere',
  interactive: false,
  out: () => undefined,
  note: () => undefined,
  ask: nobody,
  askHidden: nobody,
  stdin: nobody,
}

test.each(['mainnet', 'testnet', 'betanet'])(
  '%s is the same network to the command line, the chain and a node',
  (name) => {
    const network = networkOf(named(name), terminal)
    if (network === undefined || networkName === undefined) throw new Error(`${name} is no network`)
    expect(networkNameOf(network)).toBe(name)
    expect(networkName(network)).toBe(name)
    const { genesisHash } = accounts?.unsent(network).genesis ?? {}
    expect(typeof genesisHash === 'string' && networkOfGenesis(genesisHash)).toBe(network)
    expect(isMainNetwork([], network)).toBe(name === 'mainnet')
  },
)
