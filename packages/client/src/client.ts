/** The service as typed methods. Every method throws `ChanceryError`. */
import { at, createSend, ifMatch, once, type Once, type Page, type Send } from './call.ts'
import { fetchTransport, type Fetch, type Transport } from './transport.ts'
import type * as t from './types.ts'
import { waitFor, type Waiting, type WaitOptions } from './wait.ts'
import { wallets } from './wallets.ts'
import { withdrawals } from './withdrawals.ts'

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:9000`. Not needed with a `transport`. */
  readonly url?: string | URL
  readonly apiKey?: string | undefined
  readonly fetch?: Fetch
  /** Another way for requests to travel, such as a unix socket. */
  readonly transport?: Transport
}

export interface SlashingProtectionFilter {
  readonly network?: string
  /** At most 100. */
  readonly publicKeys?: readonly string[]
  readonly after?: string
}

export interface Versioned<T> {
  readonly version: number
  readonly value: T
}

export type { Once, Page } from './call.ts'

export type Client = ReturnType<typeof createClient>

/** @throws TypeError without a URL and a transport. */
export function createClient(options: ClientOptions) {
  const send = createSend(transportOf(options), options.apiKey)
  return {
    ...signing(send),
    keys: keys(send),
    accounts: accounts(send),
    rules: rules(send),
    transactions: transactions(send),
    wallets: wallets(send),
    withdrawals: withdrawals(send),
    walletPolicy: walletPolicy(send),
    clients: clients(send),
    register: register(send),
    slashingProtection: slashingProtection(send),
    validators: validators(send),
    ...operator(send),
  }
}

function transportOf({ transport, url, fetch }: ClientOptions): Transport {
  if (transport !== undefined) return transport
  if (url === undefined) throw new TypeError('a client needs a url or a transport')
  return fetchTransport(url, fetch)
}

function signing(send: Send) {
  return {
    /** `key` is an id, alias, public key or address; `request` carries exactly one payload. */
    async sign(key: string, request: t.SignRequest, options: Once = {}): Promise<t.Signed> {
      const ask = { method: 'POST', path: at`/v1/keys/${key}/sign`, body: request, ...once(options) } as const
      return (await send<t.Signed>(ask)).body
    },
    /** What `sign` would decide: nothing is recorded and nothing signed. */
    async judge(key: string, request: t.SignRequest): Promise<t.Verdict> {
      const ask = { method: 'POST', path: at`/v1/keys/${key}/sign`, query: { dryRun: 'true' }, body: request } as const
      return (await send<t.Verdict>(ask)).body
    },
    /** Has the fees of a group paid, within the terms and windows of a configured sponsor. */
    async sponsor(family: string, request: t.SponsorGroup): Promise<t.SponsoredGroup> {
      const ask = { method: 'POST', path: at`/v1/sponsor/${family}`, body: request, seconds: ledgerSeconds } as const
      return (await send<t.SponsoredGroup>(ask)).body
    },
    async freeze(target: t.FreezeTarget): Promise<void> {
      await send({ method: 'POST', path: '/v1/freeze', body: target })
    },
    async thaw(target: t.FreezeTarget): Promise<void> {
      await send({ method: 'POST', path: '/v1/thaw', body: target, seconds: 60 })
    },
  }
}

function keys(send: Send) {
  const post = async (path: string, body?: object): Promise<t.Key> =>
    (await send<t.Key>({ method: 'POST', path, ...(body === undefined ? {} : { body }) })).body
  return {
    create: (request: t.CreateKey) => post('/v1/keys', request),
    /** `recipient` is an X25519 public key: only its holder reads the words. */
    createBackedUp: async (request: t.CreateBackedUpKey) =>
      (await send<t.BackedUpKey>({ method: 'POST', path: '/v1/keys/backed-up', body: request, seconds: 30 })).body,
    import: (request: t.ImportKey) => post('/v1/keys/import', request),
    /** The address that an import would have: keeps nothing. */
    previewImport: async (request: t.PreviewImport) =>
      (await send<t.PreviewedKey>({ method: 'POST', path: '/v1/keys/import/preview', body: request, seconds: 30 }))
        .body,
    enrol: (request: t.EnrolKey) => post('/v1/keys/enrol', request),
    list: async (page: Page = {}) =>
      (await send<t.KeyPage>({ method: 'GET', path: '/v1/keys', query: { ...page } })).body,
    get: async (key: string) => (await send<t.KeyWithRulesVersion>({ method: 'GET', path: at`/v1/keys/${key}` })).body,
    disable: (key: string) => post(at`/v1/keys/${key}/disable`),
    enable: (key: string) => post(at`/v1/keys/${key}/enable`),
    /** All that an accepted gap took out of use, but for those that were disabled or deleted since. */
    enableHeld: async () =>
      (await send<t.HeldKeys>({ method: 'POST', path: '/v1/keys/enable-held', seconds: 60 })).body,
    /** `days` is 7 to 30. `forced`: although an account the key signs for still holds something. */
    scheduleDeletion: (key: string, days: number, forced = false) =>
      post(at`/v1/keys/${key}/schedule-deletion`, { days, ...(forced && { forced }) }),
    cancelDeletion: (key: string) => post(at`/v1/keys/${key}/cancel-deletion`),
    /** Destroys the secret for good, after its window. */
    purge: (key: string) => post(at`/v1/keys/${key}/purge`),
    /** Whether each key could sign now. */
    probe: async () => (await send<t.KeyProbe>({ method: 'POST', path: '/v1/keys/probe', seconds: 30 })).body.keys,
  }
}

/** As long as a ledger may take to confirm, and a little. */
const ledgerSeconds = 65

function accounts(send: Send) {
  return {
    list: async (page: Page = {}) =>
      (await send<t.AccountPage>({ method: 'GET', path: '/v1/accounts', query: { ...page }, seconds: 30 })).body,
    /** Pays nothing from the account to itself; sent only with `submit`. */
    async test(key: string, request: t.TestAccount): Promise<t.AccountTested> {
      const ask = { method: 'POST', path: at`/v1/accounts/${key}/test`, body: request, seconds: ledgerSeconds } as const
      return (await send<t.AccountTested>(ask)).body
    },
    /** Lets another key sign for the account, which keeps its address. Said the other way round, it is undone. */
    async handOver(key: string, request: t.HandOverAccount): Promise<t.HandedOver> {
      const path = at`/v1/accounts/${key}/hand-over`
      return (await send<t.HandedOver>({ method: 'POST', path, body: request, seconds: ledgerSeconds })).body
    },
  }
}

function rules(send: Send) {
  return {
    async get(key: string): Promise<Versioned<t.Rules>> {
      const { body, version } = await send<t.Rules>({ method: 'GET', path: at`/v1/keys/${key}/rules` })
      return { version, value: body }
    },
    /** `version` is the one replaced. */
    async put(key: string, value: t.Rules, version: number): Promise<Versioned<t.Rules>> {
      const ask = { method: 'PUT', path: at`/v1/keys/${key}/rules`, body: value, ...ifMatch(version) } as const
      const reply = await send<t.Rules>(ask)
      return { version: reply.version, value: reply.body }
    },
  }
}

function walletPolicy(send: Send) {
  const path = '/v1/wallet-policy'
  return {
    async get(): Promise<Versioned<t.WalletPolicy>> {
      const { body, version } = await send<t.WalletPolicy>({ method: 'GET', path })
      return { version, value: body }
    },
    /** `version` is the one replaced. */
    async put(value: t.WalletPolicy, version: number): Promise<Versioned<t.WalletPolicy>> {
      const reply = await send<t.WalletPolicy>({ method: 'PUT', path, body: value, ...ifMatch(version) })
      return { version: reply.version, value: reply.body }
    },
    /** What it would say of a payment: nothing is claimed. */
    check: async (request: t.CheckWalletPolicy) =>
      (await send<t.WalletPolicyVerdict>({ method: 'POST', path: `${path}/check`, body: request })).body,
  }
}

export interface TransactionFilter extends Page {
  readonly key?: string
  readonly states?: readonly t.Transaction['state'][]
}

function transactions(send: Send) {
  const get = async (id: string, query: Partial<Waiting> = {}, seconds = 0): Promise<t.Transaction> =>
    (await send<t.Transaction>({ method: 'GET', path: at`/v1/transactions/${id}`, query: { ...query }, seconds })).body
  return {
    /** Accepted durably when it resolves. */
    async send(request: t.SendTransaction, options: Once = {}): Promise<t.Transaction> {
      return (await send<t.Transaction>({ method: 'POST', path: '/v1/transactions', body: request, ...once(options) }))
        .body
    },
    get: (id: string) => get(id),
    /** Resolves when it has got that far or has failed, or the time has passed; the state says which. */
    wait: (id: string, options: WaitOptions = {}) => waitFor((query, seconds) => get(id, query, seconds), options),
    async list({ states, ...filter }: TransactionFilter = {}): Promise<t.TransactionPage> {
      const query = { ...filter, ...(states === undefined ? {} : { states: states.join(',') }) }
      return (await send<t.TransactionPage>({ method: 'GET', path: '/v1/transactions', query })).body
    },
  }
}

function clients(send: Send) {
  return {
    async create(request: t.NewClient): Promise<t.ClientWithSecret> {
      return (await send<t.ClientWithSecret>({ method: 'POST', path: '/v1/clients', body: request })).body
    },
    list: async (page: Page = {}) =>
      (await send<t.ClientPage>({ method: 'GET', path: '/v1/clients', query: { ...page } })).body,
    async get(id: string): Promise<Versioned<t.Client>> {
      const { body, version } = await send<t.Client>({ method: 'GET', path: at`/v1/clients/${id}` })
      return { version, value: body }
    },
    async putGrants(id: string, grants: readonly t.Grant[], version: number): Promise<Versioned<t.Client>> {
      const ask = { method: 'PUT', path: at`/v1/clients/${id}/grants`, body: { grants }, ...ifMatch(version) } as const
      const reply = await send<t.Client>(ask)
      return { version: reply.version, value: reply.body }
    },
    async remove(id: string): Promise<void> {
      await send({ method: 'DELETE', path: at`/v1/clients/${id}` })
    },
    async addSecret(id: string, days: number): Promise<t.ClientWithSecret> {
      return (await send<t.ClientWithSecret>({ method: 'POST', path: at`/v1/clients/${id}/secrets`, body: { days } }))
        .body
    },
    async removeSecret(id: string, secret: string): Promise<t.Client> {
      return (await send<t.Client>({ method: 'DELETE', path: at`/v1/clients/${id}/secrets/${secret}` })).body
    },
  }
}

function register(send: Send) {
  return {
    /** Newest first. */
    tail: async (page: Page = {}) =>
      (await send<t.RegisterPage>({ method: 'GET', path: '/v1/register', query: { ...page } })).body,
    checkpoint: async () => (await send<t.Checkpoint>({ method: 'GET', path: '/v1/register/checkpoint' })).body,
    verify: async () =>
      (await send<t.Verification>({ method: 'POST', path: '/v1/register/verify', seconds: 120 })).body,
    /** Only over the operator's socket. `path` is a new file of the service's machine. */
    export: async (path: string) =>
      (await send<t.RegisterExported>({ method: 'POST', path: '/v1/register/export', body: { path }, seconds: 600 }))
        .body,
    async acceptGap(reason: string): Promise<void> {
      await send({ method: 'POST', path: '/v1/register/accept-gap', body: { reason }, seconds: 60 })
    },
  }
}

function validators(send: Send) {
  const path = '/eth/v1/keystores'
  return {
    /** Keys that can sign now. */
    list: async () => (await send<t.Keystores>({ method: 'GET', path })).body.data,
    /** One answer a keystore, in their order. Each costs its key derivation, about a second of a core. */
    import: async (request: t.ImportKeystores) =>
      (await send<t.KeystoresImported>({ method: 'POST', path, body: request, seconds: 600 })).body.data,
  }
}

function slashingProtection(send: Send) {
  const path = '/v1/validators/slashing-protection'
  return {
    /** A file, or one part of a large one: its metadata and some of its validators. */
    import: async (request: t.ImportSlashingProtection) =>
      (await send<t.SlashingProtectionImported>({ method: 'POST', path, body: request, seconds: 120 })).body.validators,
    /** One part; `next` of one is `after` of the following. */
    export: async ({ publicKeys, ...which }: SlashingProtectionFilter = {}) => {
      const query = { ...which, ...(publicKeys === undefined ? {} : { publicKeys: publicKeys.join(',') }) }
      return (await send<t.SlashingProtectionPart>({ method: 'GET', path, query, seconds: 60 })).body
    },
    /** It never falls again. */
    raiseWatermark: async (request: t.RaiseWatermark) =>
      (await send<t.WatermarkRaised>({ method: 'PUT', path: `${path}/watermark`, body: request, seconds: 60 })).body
        .validators,
    /** Without slot and epoch it is taken away. */
    async putCeiling(request: t.PutCeiling): Promise<void> {
      await send({ method: 'PUT', path: `${path}/ceiling`, body: request })
    },
    /** How many duties were forgotten. */
    prune: async (request: t.PruneSlashingProtection) =>
      (await send<t.SlashingProtectionPruned>({ method: 'POST', path: `${path}/prune`, body: request, seconds: 600 }))
        .body.forgotten,
    /** Every protected key begins with the next epoch. Answers how many rows that raised. */
    repair: async () =>
      (await send<t.SlashingProtectionRepaired>({ method: 'POST', path: `${path}/repair`, seconds: 60 })).body.raised,
    /** Whether it would be refused for what was signed before: nothing is recorded. */
    check: async (request: t.CheckSlashingProtection) =>
      (await send<t.SlashingVerdict>({ method: 'POST', path: `${path}/check`, body: request })).body,
  }
}

function operator(send: Send) {
  return {
    /** How each part is, whether all are well or not. */
    health: async () => (await send<t.Health>({ method: 'GET', path: '/healthcheck', also: 503 })).body,
    doctor: async () => (await send<t.Diagnosis>({ method: 'GET', path: '/v1/doctor', seconds: 60 })).body.findings,
    /** Keys in key back-ends that no record names. Asked again while it is `looking`, it names them when it has ended. */
    orphanKeys: async () => (await send<t.OrphanKeys>({ method: 'GET', path: '/v1/orphan-keys', seconds: 60 })).body,
    /** Only over the operator's socket. `folder` is one of the service's machine. */
    backup: async (folder: string) =>
      (await send<t.BackupMade>({ method: 'POST', path: '/v1/backups', body: { folder }, seconds: 600 })).body,
  }
}
