/** A key as an account of viem, by its shape alone: nothing of viem is needed here. */
import type { Client } from './client.ts'
import { uncompressed } from './decompress.ts'
import { hexMember, hexOf, networkOf, plain, transactionFields, type Hex } from './evm-values.ts'
import { isFields } from './errors.ts'
import type { SignRequest } from './types.ts'

/** viem's `LocalAccount`. `sign` is there for opaque keys only: a decoded key signs no bare digest. */
export interface ViemAccount {
  readonly address: Hex
  readonly publicKey: Hex
  readonly type: 'local'
  readonly source: 'chancery'
  readonly sign?: (parameters: { readonly hash: Hex }) => Promise<Hex>
  readonly signMessage: (parameters: { readonly message: ViemMessage }) => Promise<Hex>
  readonly signTransaction: (transaction: object, options?: { readonly serializer?: unknown }) => Promise<Hex>
  readonly signTypedData: (parameters: object) => Promise<Hex>
}

export type ViemMessage = string | { readonly raw: Hex | Uint8Array }

export interface ViemOptions {
  /** For messages, which name no network themselves: a CAIP-2 id. `eip155:1` unless given. */
  readonly network?: string
}

/**
 * `key` is an id, alias, public key or address. Nonces are the caller's affair with this account; the relay
 * (`client.transactions.send`) takes care of them itself.
 * @throws ChanceryError; TypeError for a key without an EVM address.
 */
export async function viemAccount(
  client: Client,
  key: string,
  { network = 'eip155:1' }: ViemOptions = {},
): Promise<ViemAccount> {
  const { key: found } = await client.keys.get(key)
  const { id, address, publicKey, kind } = found
  if (address === undefined || !/^0x[0-9a-fA-F]{40}$/.test(address)) throw new TypeError(`${key} has no EVM address`)
  const signature = async (request: SignRequest, member = 'signature'): Promise<Hex> =>
    hexMember((await client.sign(id, request)).result, member)
  return {
    address: `0x${address.slice(2)}`,
    publicKey: uncompressed(publicKey),
    type: 'local',
    source: 'chancery',
    ...(kind === 'opaque' ? { sign: ({ hash }) => signature({ digest: hash }) } : {}),
    signMessage: ({ message }) => signature({ network, message: messageOf(message) }),
    signTransaction: async (transaction, options) =>
      signature(
        { network: networkOf(transaction), transaction: transactionOf(transaction, options?.serializer) },
        'raw',
      ),
    signTypedData: async (parameters) => signature(typedDataRequest(parameters)),
  }
}

function messageOf(message: ViemMessage): NonNullable<SignRequest['message']> {
  if (typeof message === 'string') return { text: message }
  return { bytes: typeof message.raw === 'string' ? message.raw : hexOf(message.raw) }
}

/** A chain's own serializer says what it would have signed; the service reads that, or refuses it. */
function transactionOf(transaction: object, serializer: unknown): NonNullable<SignRequest['transaction']> {
  if (isSerializer(serializer)) return { unsigned: hexMember({ unsigned: serializer(transaction) }, 'unsigned') }
  // What is in it is for the service to judge: it refuses what it cannot read.
  return transactionFields(transaction) as NonNullable<SignRequest['transaction']>
}

function isSerializer(value: unknown): value is (transaction: object) => unknown {
  return typeof value === 'function'
}

/** @throws TypeError without a domain of a chain: it would count on all of them. */
function typedDataRequest(parameters: object): SignRequest {
  const typedData = plain(parameters)
  if (!isFields(typedData) || !isFields(typedData['domain'])) throw new TypeError('typed data needs a domain')
  const { domain, types, primaryType, message } = typedData
  return {
    network: networkOf(domain),
    typedData: { domain, types, primaryType, message } as NonNullable<SignRequest['typedData']>,
  }
}
