/** Wallets, what they pay, and the methods of the original service by their names. */
import { at, once, type Once, type Page, type Send } from './call.ts'
import { createAll, type CreateAllOptions } from './many-wallets.ts'
import type * as t from './types.ts'

export interface WalletFilter extends Page {
  readonly userId?: string
  readonly asset?: string
  readonly network?: string
  readonly status?: t.Wallet['status']
  readonly tier?: t.Wallet['tier']
  readonly address?: string
}

export interface KeySpecOptions {
  readonly tier?: t.Wallet['tier']
  readonly addressType?: string
}

export function wallets(send: Send) {
  const post = async (path: string, body?: object): Promise<t.Wallet> =>
    (await send<t.Wallet>({ method: 'POST', path, seconds: 30, ...(body === undefined ? {} : { body }) })).body
  const createMany = async (requests: t.CreateWallets['wallets']) => {
    const body = { wallets: requests }
    return (await send<t.WalletsCreated>({ method: 'POST', path: '/v1/wallets/batch', body, seconds: 60 })).body.answers
  }
  return {
    /** The same request again gives the same wallet. */
    create: (request: t.CreateWallet) => post('/v1/wallets', request),
    /** At most 500; an answer each, in their order. What there was no time for has a `problem` with `retryAfter`. */
    createMany,
    /**
     * Any number: each once it is made or refused, about in their order. A key back-end at its quota is waited for. Interrupted,
     * the same requests again go on where it stopped.
     */
    createAll: (requests: readonly t.CreateWallet[], options?: CreateAllOptions) =>
      createAll(createMany, requests, options),
    /** By id or by one of its addresses. */
    get: async (wallet: string) => (await send<t.Wallet>({ method: 'GET', path: at`/v1/wallets/${wallet}` })).body,
    list: async (filter: WalletFilter = {}) =>
      (await send<t.WalletPage>({ method: 'GET', path: '/v1/wallets', query: { ...filter } })).body,
    newAddress: async (wallet: string) =>
      (await send<t.DepositAddress>({ method: 'POST', path: at`/v1/wallets/${wallet}/addresses` })).body,
    addresses: async (wallet: string, page: Page = {}) =>
      (
        await send<t.DepositAddressPage>({
          method: 'GET',
          path: at`/v1/wallets/${wallet}/addresses`,
          query: { ...page },
        })
      ).body,
    /** Derives the address again from its key, and has the key sign a test statement. */
    verify: (wallet: string) => post(at`/v1/wallets/${wallet}/verify`),
    /** `days` is 7 to 30; `empty` says that nothing is left in it. */
    scheduleDeletion: async (wallet: string, days: number, empty: boolean) =>
      (
        await send<t.Wallet>({
          method: 'DELETE',
          path: at`/v1/wallets/${wallet}`,
          query: { days, empty: String(empty) },
        })
      ).body,
    cancelDeletion: (wallet: string) => post(at`/v1/wallets/${wallet}/cancel-deletion`),
    /** Destroys its key for good, after its window. */
    purge: (wallet: string) => post(at`/v1/wallets/${wallet}/purge`),
    ...migration(send),
    checkAddress: async (asset: string, address: string, network?: string) =>
      (
        await send<t.AddressReading>({
          method: 'GET',
          path: at`/v1/addresses/${asset}/${address}`,
          query: network === undefined ? {} : { network },
        })
      ).body,
    ...keyService(send),
  }
}

function migration(send: Send) {
  const move = async (path: string, query: Readonly<Record<string, string>> = {}) =>
    (await send<t.WalletMigration>({ method: 'POST', path, query, seconds: 20 })).body
  return {
    /** A record of the original collection, whose address must be its key's. As a shadow, its old signer goes on paying. */
    import: async (record: t.ImportedWallet, { shadow = false } = {}) => {
      const query = shadow ? { shadow: 'true' } : {}
      return (await send<t.Wallet>({ method: 'POST', path: '/v1/wallets/import', query, body: record, seconds: 30 }))
        .body
    },
    /** What an import would come to: records nothing. */
    plan: async (record: t.ImportedWallet) =>
      (await send<t.WalletImportPlan>({ method: 'POST', path: '/v1/wallets/plan', body: record, seconds: 30 })).body,
    /**
     * `raw` is what the old signer signed, as it was broadcast; of coins, `previous` are the whole transactions it spends from,
     * where the service's own node is not to be asked.
     */
    shadow: async (wallet: string, raw: string, { previous }: { readonly previous?: readonly string[] } = {}) =>
      (
        await send<t.ShadowComparison>({
          method: 'POST',
          path: at`/v1/wallets/${wallet}/shadow`,
          body: { raw, ...(previous && { previous }) },
          seconds: 20,
        })
      ).body,
    /** Once its old signer was stopped for it. With `force` though nothing was compared. */
    cutOver: (wallet: string, { force = false } = {}) =>
      move(at`/v1/wallets/${wallet}/cut-over`, force ? { force: 'true' } : {}),
    /** Again until nothing is under way: then the old signer may pay. */
    rollBack: (wallet: string) => move(at`/v1/wallets/${wallet}/roll-back`),
    migration: async (wallet: string) =>
      (await send<t.WalletMigration>({ method: 'GET', path: at`/v1/wallets/${wallet}/migration` })).body,
  }
}

function keyService(send: Send) {
  return {
    createKmsKey: async (request: t.CreateKmsKey) =>
      (await send<t.Wallet>({ method: 'POST', path: '/v1/wallet-keys', body: request, seconds: 30 })).body,
    /** Of a wallet's first address, or of a key. */
    getPublicKey: async (key: string) =>
      (await send<t.PublicKey>({ method: 'GET', path: at`/v1/wallet-keys/${key}/public-key` })).body,
    /** Of opaque keys only. `hash` is 32 bytes, signed as it is. */
    signTransactionHash: async (key: string, hash: string, options: Once = {}) =>
      (
        await send<t.HashSignature>({
          method: 'POST',
          path: at`/v1/wallet-keys/${key}/sign-hash`,
          body: { hash },
          ...once(options),
        })
      ).body,
    deleteKmsKey: async (key: string, days = 7) =>
      (await send<t.KeyDeletion>({ method: 'DELETE', path: at`/v1/wallet-keys/${key}`, query: { days } })).body,
    getKeySpecForChain: async (asset: string, options: KeySpecOptions = {}) =>
      (await send<t.KeySpec>({ method: 'GET', path: at`/v1/key-specs/${asset}`, query: { ...options } })).body,
  }
}
