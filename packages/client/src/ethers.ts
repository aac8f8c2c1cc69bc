/** A key as a signer of ethers 6, built on the caller's own `AbstractSigner`: nothing of ethers is needed here. */
import type { Client } from './client.ts'
import { hexMember, hexOf, networkOf, plain, transactionFields, type Hex } from './evm-values.ts'
import type { SignRequest } from './types.ts'

export interface EthersOptions {
  readonly provider?: unknown
  /** For messages, which name no network themselves: a CAIP-2 id. `eip155:1` unless given. */
  readonly network?: string
}

/** What of `AbstractSigner` is used; the rest of it (populating, sending, ENS) works on top, as ethers wrote it. */
interface Base {
  readonly provider: unknown
  resolveName(name: string): Promise<string | null>
}

type Fields = readonly { readonly name: string; readonly type: string }[]

/**
 * `AbstractSigner` is ethers' own class. `key` is an id, alias, public key or address.
 * @throws ChanceryError; TypeError for a key without an EVM address.
 */
export async function ethersSigner<S extends object>(
  AbstractSigner: abstract new (provider?: never) => S,
  client: Client,
  key: string,
  { provider, network = 'eip155:1' }: EthersOptions = {},
): Promise<S> {
  const { key: found } = await client.keys.get(key)
  const { id, address } = found
  if (address === undefined || !/^0x[0-9a-fA-F]{40}$/.test(address)) throw new TypeError(`${key} has no EVM address`)
  const signature = async (request: SignRequest, member = 'signature'): Promise<Hex> =>
    hexMember((await client.sign(id, request)).result, member)

  // ethers' class is abstract and generic over its provider; this is the part of it that is built upon.
  const Parent = AbstractSigner as unknown as new (provider: unknown) => Base
  class ChancerySigner extends Parent {
    getAddress(): Promise<string> {
      return Promise.resolve(address ?? '')
    }

    connect(next: unknown): ChancerySigner {
      return new ChancerySigner(next)
    }

    async signTransaction(transaction: object): Promise<string> {
      const fields = await resolved(transaction, address ?? '', (name) => this.resolveName(name))
      // What is in it is for the service to judge: it refuses what it cannot read.
      const payload = fields as NonNullable<SignRequest['transaction']>
      return signature({ network: networkOf(fields), transaction: payload }, 'raw')
    }

    signMessage(message: string | Uint8Array): Promise<string> {
      return signature({
        network,
        message: typeof message === 'string' ? { text: message } : { bytes: hexOf(message) },
      })
    }

    async signTypedData(domain: object, types: Readonly<Record<string, Fields>>, value: object): Promise<string> {
      const typedData = plain({ domain, types, primaryType: primaryTypeOf(types), message: value })
      return signature({ network: networkOf(domain), typedData: typedData as NonNullable<SignRequest['typedData']> })
    }
  }
  return new ChancerySigner(provider ?? null) as unknown as S
}

/** A request is a plain object; a `Transaction` has its members behind accessors. What is not named here must be absent. */
const read = [
  'type',
  'chainId',
  'nonce',
  'value',
  'data',
  'gasLimit',
  'gasPrice',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'accessList',
]
const unread = ['blobs', 'blobVersionedHashes', 'maxFeePerBlobGas', 'authorizationList']

async function resolved(
  transaction: object,
  address: string,
  resolveName: (name: string) => Promise<string | null>,
): Promise<Readonly<Record<string, unknown>>> {
  const members = [...read, ...unread].map((name): [string, unknown] => [name, Reflect.get(transaction, name)])
  const from = await addressOf(Reflect.get(transaction, 'from'), resolveName)
  if (from !== undefined && from.toLowerCase() !== address.toLowerCase()) {
    throw new TypeError(`the transaction is from ${from}, the key is ${address}`)
  }
  const to = await addressOf(Reflect.get(transaction, 'to'), resolveName)
  return transactionFields({ ...Object.fromEntries(members), ...(to === undefined ? {} : { to }) })
}

/** ethers takes an address, an ENS name, or anything with `getAddress`. */
async function addressOf(
  value: unknown,
  resolveName: (name: string) => Promise<string | null>,
): Promise<string | undefined> {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object' && 'getAddress' in value && typeof value.getAddress === 'function') {
    return addressOf(await Promise.resolve(Reflect.apply(value.getAddress, value, [])), resolveName)
  }
  if (typeof value !== 'string') throw new TypeError('expected an address')
  if (/^0x[0-9a-fA-F]{40}$/.test(value)) return value
  const found = await resolveName(value)
  if (found === null) throw new TypeError(`${value} has no address`)
  return found
}

/** The struct no other one uses, as ethers finds it. */
function primaryTypeOf(types: Readonly<Record<string, Fields>>): string {
  const names = Object.keys(types).filter((name) => name !== 'EIP712Domain')
  const used = new Set(
    names.flatMap((name) => (types[name] ?? []).map(({ type }) => type.replace(/(?:\[\d*\])+$/, ''))),
  )
  const [primary, ...more] = names.filter((name) => !used.has(name))
  if (primary === undefined || more.length > 0) throw new TypeError('the typed data has no single primary type')
  return primary
}
