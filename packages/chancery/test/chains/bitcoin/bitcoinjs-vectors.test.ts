// bitcoinjs-lib's fixtures of addresses and P2TR, and the wallet vectors of BIP-341.
import { Script } from '@scure/btc-signer/script.js'
import { expect, describe, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { readDestination } from '../../../src/chains/bitcoin/address-reading.ts'
import { knownNetworks } from '../../../src/chains/bitcoin/networks.ts'
import { scriptOfKey } from '../../../src/chains/bitcoin/own-scripts.ts'
import { addressText, destinationOf, scriptOf } from '../../../src/chains/bitcoin/scripts.ts'
import { sharedHashes, taprootDigest } from '../../../src/chains/bitcoin/sighash.ts'
import { readTransaction } from '../../../src/chains/bitcoin/transaction.ts'
import * as schnorr from '../../../src/curves/secp256k1-schnorr/sign.ts'
import { hex, readVectors, vectorsMissing } from '../../vectors/vectors.ts'
import { chain, mainnet, named } from './wallet.ts'

interface Addresses {
  readonly standard: readonly {
    readonly network: string
    readonly script: string
    readonly base58check?: string
    readonly bech32?: string
  }[]
  readonly bech32: readonly { readonly address: string; readonly version: number }[]
  readonly invalid: {
    readonly bech32: readonly { readonly address: string; readonly exception: string }[]
    readonly fromBase58Check: readonly { readonly address: string }[]
    readonly fromOutputScript: readonly { readonly script: string }[]
    readonly toOutputScript: readonly { readonly address: string; readonly network?: unknown }[]
  }
}

const networks = {
  bitcoin: mainnet,
  testnet: named('BTC', 'testnet'),
  regtest: named('BTC', 'regtest'),
  litecoin: named('LTC', 'mainnet'),
}

/** Of words such as `OP_DUP` and hex. */
function compiled(asm: string): Uint8Array {
  return Script.encode(
    asm.split(' ').map((word) => {
      if (!word.startsWith('OP_')) return hex(word)
      const name = word.slice('OP_'.length)
      if (name === 'TRUE') return 1
      return /^[0-9]+$/.test(name) ? Number(name) : (name as 'DUP')
    }),
  )
}

/** Of witness versions, or of lengths, that nobody can spend yet: payments to them are not made here. */
const unsupported: readonly string[] = [
  'BC1SW50QGDZ25J',
  'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs',
  'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y',
]

describe.skipIf(vectorsMissing('bitcoin/address.json'))('address.json', () => {
  const [vectors] = readVectors<Addresses>('bitcoin/address.json')

  test('standard addresses and their scripts, both ways', () => {
    const all = vectors?.standard ?? []
    const cases = all.filter(({ bech32 = '' }) => !unsupported.includes(bech32))
    expect(cases.length).toBeGreaterThan(10)
    for (const { network, script, base58check, bech32 } of cases) {
      const on = networks[network as keyof typeof networks]
      const text = bech32 ?? base58check ?? ''
      const destination = readDestination(text, on)
      if ('reason' in destination) throw new Error(`${text}: ${destination.reason}`)
      expect(toHex(scriptOf(destination))).toBe(toHex(compiled(script)))
      expect(addressText(destination, on)).toBe(bech32?.toLowerCase() ?? text)
      expect(destinationOf(compiled(script))).toEqual(destination)
    }
  })

  test('those of the future are refused', () => {
    for (const text of unsupported) expect(chain.readAddress?.(text, mainnet.network)).toMatchObject({ valid: false })
  })

  test('bech32 addresses of unknown versions are read as such', () => {
    for (const { address, version } of vectors?.bech32 ?? []) {
      const on = address.toLowerCase().startsWith('tb') ? networks.testnet : mainnet
      const read = chain.readAddress?.(address, on.network)
      expect(read?.valid).toBe(version < 2)
    }
  })

  test('what is no address is valid on no network', () => {
    const { bech32 = [], fromBase58Check = [], toOutputScript = [] } = vectors?.invalid ?? {}
    const wrong = [...bech32, ...fromBase58Check, ...toOutputScript.filter(({ network }) => network === undefined)]
    expect(wrong.length).toBeGreaterThan(9)
    for (const { address } of wrong) {
      for (const { network } of knownNetworks)
        expect(chain.readAddress?.(address, network)).toMatchObject({ valid: false })
    }
  })

  test('scripts without an address have none', () => {
    // The last byte of some is an opcode that their text has without its name.
    const scripts = (vectors?.invalid.fromOutputScript ?? []).filter(({ script }) => !script.endsWith('75'))
    expect(scripts.map(({ script }) => destinationOf(compiled(script)))).toEqual(scripts.map(() => undefined))
    expect(scripts).not.toHaveLength(0)
  })
})

interface WalletVectors {
  readonly scriptPubKey: readonly {
    readonly given: { readonly internalPubkey: string; readonly scriptTree: unknown }
    readonly intermediary: { readonly tweak: string; readonly tweakedPubkey: string }
    readonly expected: { readonly scriptPubKey: string; readonly bip350Address: string }
  }[]
  readonly keyPathSpending: readonly {
    readonly given: {
      readonly rawUnsignedTx: string
      readonly utxosSpent: readonly { readonly scriptPubKey: string; readonly amountSats: number }[]
    }
    readonly inputSpending: readonly {
      readonly given: {
        readonly txinIndex: number
        readonly internalPrivkey: string
        readonly merkleRoot: unknown
        readonly hashType: number
      }
      readonly intermediary: { readonly tweak: string; readonly sigHash: string }
      readonly expected: { readonly witness: readonly string[] }
    }[]
  }[]
}

describe.skipIf(vectorsMissing('bitcoin/bip341-wallet.json'))('bip341-wallet.json', () => {
  const [vectors] = readVectors<WalletVectors>('bitcoin/bip341-wallet.json')

  test('scripts, tweaks and addresses of keys without a script tree', () => {
    const keys = (vectors?.scriptPubKey ?? []).filter(({ given }) => given.scriptTree === null)
    expect(keys).not.toHaveLength(0)
    for (const { given, intermediary, expected } of keys) {
      const publicKey = { algorithm: 'secp256k1-schnorr', bytes: hex(given.internalPubkey) } as const
      const own = scriptOfKey(publicKey, 'p2tr', mainnet)
      expect(toHex(own.script)).toBe(`0x${expected.scriptPubKey}`)
      expect(own.address).toBe(expected.bip350Address)
      expect(toHex(own.signer?.tweak ?? new Uint8Array())).toBe(`0x${intermediary.tweak}`)
      expect(toHex(own.signer?.publicKey.bytes ?? new Uint8Array())).toBe(`0x${intermediary.tweakedPubkey}`)
    }
  })

  test('hashes and signatures of every input, of all types', () => {
    const [spending] = vectors?.keyPathSpending ?? []
    const transaction = readTransaction(hex(spending?.given.rawUnsignedTx ?? ''), 'tx')
    const spent = (spending?.given.utxosSpent ?? []).map(({ scriptPubKey, amountSats }) => {
      return { script: hex(scriptPubKey), amount: BigInt(amountSats) }
    })
    const shared = sharedHashes(transaction, spent)
    const cases = spending?.inputSpending ?? []
    expect(cases).toHaveLength(7)
    for (const { given, intermediary, expected } of cases) {
      const output = spent[given.txinIndex]
      if (output === undefined) throw new Error('no output')
      const digest = taprootDigest(transaction, shared, given.txinIndex, output, given.hashType)
      expect(toHex(digest)).toBe(`0x${intermediary.sigHash}`)
      const secret = schnorr.tweaked(hex(given.internalPrivkey), hex(intermediary.tweak))
      expect(schnorr.publicKeyOf(secret)).toEqual(Uint8Array.from(output.script.subarray(2)))
      expect(expected.witness).toHaveLength(1)
    }
  })
})

interface P2tr {
  readonly valid: readonly {
    readonly arguments: { readonly internalPubkey?: string; readonly scriptTree?: unknown; readonly redeem?: unknown }
    readonly expected: { readonly address?: string; readonly output?: string; readonly pubkey?: string }
  }[]
  readonly invalid: readonly { readonly arguments: { readonly address?: string; readonly pubkey?: string } }[]
}

describe.skipIf(vectorsMissing('bitcoin/p2tr.json'))('p2tr.json', () => {
  const [vectors] = readVectors<P2tr>('bitcoin/p2tr.json')

  test('every address is of its output, and the other way about', () => {
    const cases = (vectors?.valid ?? []).filter(({ expected }) => expected.address !== undefined && expected.pubkey)
    expect(cases.length).toBeGreaterThan(15)
    for (const { expected } of cases) {
      const { address = '', pubkey = '' } = expected
      expect(readDestination(address, mainnet)).toEqual({ kind: 'p2tr', program: hex(pubkey) })
      expect(addressText({ kind: 'p2tr', program: hex(pubkey) }, mainnet)).toBe(address)
      expect(chain.readAddress?.(address, mainnet.network)).toEqual({ valid: true, form: 'p2tr' })
    }
  })

  test('an internal key without scripts has the address of BIP-86', () => {
    const cases = (vectors?.valid ?? []).filter(({ arguments: { internalPubkey, scriptTree, redeem } }) => {
      return internalPubkey !== undefined && scriptTree === undefined && redeem === undefined
    })
    expect(cases).not.toHaveLength(0)
    for (const {
      arguments: { internalPubkey = '' },
      expected,
    } of cases) {
      const key = { algorithm: 'secp256k1-schnorr', bytes: hex(internalPubkey) } as const
      expect(chain.address(key, mainnet.network, 'p2tr')).toBe(expected.address)
    }
  })

  test('an output key that is no point, another version or length is no address', () => {
    const alone = (vectors?.invalid ?? []).flatMap(({ arguments: { address, ...rest } }) => {
      return address !== undefined && Object.keys(rest).length === 0 ? [address] : []
    })
    expect(alone.length).toBeGreaterThan(2)
    for (const address of alone) {
      expect(chain.readAddress?.(address, mainnet.network)).toMatchObject({ valid: false })
    }
  })
})

/** https://github.com/bitcoin/bips/blob/master/bip-0086.mediawiki, "Test vectors": internal keys and their addresses. */
test.each([
  [
    'cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115',
    'bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr',
  ],
  [
    '83dfe85a3151d2517290da461fe2815591ef69f2b18a2ce63f01697a8b313145',
    'bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh',
  ],
  [
    '399f1b2f4393f29a18c937859c5dd8a77350103157eb880f02e8c08214277cef',
    'bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7',
  ],
])('BIP-86: %s', (internal, address) => {
  const key = { algorithm: 'secp256k1-schnorr', bytes: hex(internal) } as const
  expect(chain.address(key, mainnet.network)).toBe(address)
})
