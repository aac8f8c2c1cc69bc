import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createConsensus } from '../../../src/chains/consensus/chain.ts'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { requestOf, type Body } from './signing.ts'
import { refusalOf } from '../refusal.ts'

/** https://github.com/ethereum/remote-signing-api, read in place. */
const file = join(import.meta.dirname, '../../../../../../shared/specs/remote-signing/signing/paths/sign.yaml')

/** What the examples were made with, as far as their roots tell. */
function chainOf(preset: string) {
  const spec = {
    PRESET_BASE: preset,
    GENESIS_FORK_VERSION: '0x00000001',
    CAPELLA_FORK_VERSION: '0x03000001',
    DENEB_FORK_VERSION: '0x04000001',
    SECONDS_PER_SLOT: '12',
  }
  const genesisValidatorsRoot = '0x04700007fabc8282644aed6d1c7c9e21d38a03a0c4ba193f3afe428824b3a673'
  return createConsensus({ networks: [{ network: 'beacon:examples', spec, genesisValidatorsRoot, genesisTime: 0 }] })
}

const chains = { mainnet: chainOf('mainnet'), minimal: chainOf('minimal') }

const missing = !existsSync(file)
if (missing) console.warn(`\n!!! SKIPPED, NOT TESTED: ${file} is missing !!!\n`)

interface Document {
  readonly post: {
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': { readonly examples: Readonly<Record<string, { readonly value: Body }>> }
      }
    }
  }
}

function examples(): readonly (readonly [string, Body])[] {
  if (missing) return []
  const document = parse(readFileSync(file, 'utf8')) as Document
  const named = Object.entries(document.post.requestBody.content['application/json'].examples)
  return named.map(([name, { value }]) => [name, value])
}

/** Where the example cannot be what its root was made from. */
const stale: Readonly<Record<string, string>> = {
  'BLOCK (DEPRECATED)': 'fork_info.fork.previousVersion',
  AGGREGATION_SLOT: 'fork_info.fork.previousVersion',
}

/** Sync committees of 32, as their bits show. */
const minimal = ['BLOCK_V2 (ALTAIR)', 'SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF']

describe.skipIf(missing)('the examples of the Remote Signing API', () => {
  test.each(examples())('%s', (name, body) => {
    const chain = minimal.includes(name) ? chains.minimal : chains.mainnet
    const publicKey = ownKeyOf(body)
    const sign = () => toHex(chain.parse({ ...requestOf(body), ...(publicKey && { publicKey }) }).signingRoot)
    if (stale[name] !== undefined) expect(refusalOf(sign)).toMatchObject({ where: stale[name] })
    else expect(sign()).toBe(body['signingRoot'])
  })
})

/** Of messages that name the key they are signed with. */
function ownKeyOf(body: Body) {
  const named = JSON.stringify(body).match(/"pubkey":"(0x[0-9a-f]{96})"/)?.[1]
  return named === undefined || body.type.startsWith('BLOCK')
    ? undefined
    : { algorithm: 'bls12-381' as const, bytes: fromHex(named) }
}
