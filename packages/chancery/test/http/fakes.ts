/** Services that answer what the examples say, so that the edge is tested alone. Named for what they do. */
import { isJsonObject } from '../../src/base/json.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import { dutyOperations } from '../../src/core/names.ts'
import type { Interchange, Validators } from '../../src/core/validators.ts'
import { dutyExample, publicKeyExample, signatureExample } from '../../src/http/compat/eth2/shapes.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { TransactionRow } from '../../src/core/store.ts'
import type { KmsBackendCompat, Observation, Services, SignRequest } from '../../src/core/services.ts'
import type { TransactionView } from '../../src/core/transactions.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { noRules, type Rules } from '../../src/core/rules.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { sponsoredExample } from '../../src/http/routes/sponsor.ts'
import { walletLookExample, walletPolicyExample } from '../../src/http/routes/wallet-policy.ts'
import { wallets } from './wallet-fakes.ts'
import { interchangeExample } from '../../src/http/routes/protection-shapes.ts'
import {
  accountExample,
  accountKeyExample,
  apiKeyExample,
  attemptExample,
  clientExample,
  keyExample,
  transactionIdExample,
  orphanExample,
} from '../../src/http/routes/examples.ts'

/** The hash of the documented example's transaction. */
const sentHash = '0x5f2ad5b942cf29f06c3c86f7c5cb503f937f50748fa90980cd3a95630401e5a1'

export const apiKey = apiKeyExample

export const principal: Principal = {
  client: clientExample.id,
  name: clientExample.name,
  grants: [{ operations: ['sign:message', 'keys:read', 'keys:create', 'register:read'], keys: '*', networks: '*' }],
  scheme: 'api-key',
}

export const keyRecord: KeyRecord = { ...keyExample, ref: { sealed: 'canary-sealed-data' } }

const signature = {
  signature: `0x${'11'.repeat(32)}${'22'.repeat(32)}1b`,
  r: `0x${'11'.repeat(32)}`,
  s: `0x${'22'.repeat(32)}`,
  v: 27,
  yParity: 0,
  digest: '0x4a5c5d454721bbbb25540c3317521e71c373ae36458f960d2ad46ef088110e95',
}

const row: TransactionRow = {
  id: transactionIdExample,
  version: 3,
  client: clientExample.id,
  key: keyExample.id,
  network: 'eip155:1',
  sender: keyExample.address,
  state: 'accepted',
  body: {},
  createdAt: Date.parse('2026-11-20T09:00:00.000Z'),
  updatedAt: Date.parse('2026-11-20T09:00:00.000Z'),
}

const accepted: TransactionView = { row, signed: [] }

export const final: TransactionView = {
  row: { ...row, state: 'final', nonce: 7n },
  signed: [{ hash: `0x${'ab'.repeat(32)}`, transaction: row.id, raw: fromHex('0x02c0'), createdAt: row.createdAt }],
}

const rules: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: ['eip155:1'],
  recipients: ['0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'],
  maximums: { 'eip155:1/slip44:60': '1000000000000000000' },
  fees: { 'eip155:1': '10000000000000000' },
}

export interface Seen {
  readonly signed: SignRequest[]
  readonly observed: Observation[]
  /** Names of services that were reached. */
  readonly reached: string[]
}

export function seen(): Seen {
  return { signed: [], observed: [], reached: [] }
}

/** Notes that a service was reached, and answers. */
type Reach = <T>(name: string, value: T) => Promise<T>

const { secrets, ...clientRest } = clientExample
const client = { ...clientRest, secrets: secrets.map((secret) => ({ ...secret, mac: '0xca4a12' as const })) }

/** Everything answers at once, as the examples say. */
export function agreeing(saw: Seen = seen()): Services {
  const reach: Reach = (name, value) => {
    saw.reached.push(name)
    return Promise.resolve(value)
  }
  return {
    signing: signing(reach, saw),
    keyring: keyring(reach),
    accounts: accounts(reach),
    sponsoring: { sponsor: () => reach('sponsor', sponsored) },
    clients: clients(reach),
    freezing: { freeze: () => reach('freeze', undefined), thaw: () => reach('thaw', undefined) },
    relay: relay(reach),
    wallets: wallets(reach),
    walletPolicy: walletPolicy(reach),
    register: register(reach),
    health: {
      validatorKeys: () => 2,
      ready: () => ({ ready: true, reasons: [] }),
      parts: () => Promise.resolve([{ name: 'store', ok: true, detail: 'sqlite, 0.3 ms' }]),
    },
    operator: operator(reach),
    metrics: {
      observe: (observation) => void saw.observed.push(observation),
      text: () => Promise.resolve('# no metrics yet\n'),
    },
    authenticator: {
      authenticate: (credential) =>
        credential.scheme === 'api-key' && credential.secret === apiKey
          ? Promise.resolve(principal)
          : Promise.reject(new Refused('unauthenticated', 'The API key is not one of this service')),
    },
    requireAny: () => {},
    kmsBackend: kmsBackend(reach),
    validators: validators(reach),
    loading: { reload: () => true, status: () => ({ state: 'idle', loaded: 1, total: 1, failures: [] }) },
    schemas: [...schemas.map((schema) => ({ ...schema, chain: 'evm' })), dutySchema],
  }
}

/** Takes everything of a known type. */
const dutySchema: Services['schemas'][number] = {
  chain: 'consensus',
  operation: 'sign:attestation',
  field: 'duty',
  schema: { type: 'object' },
  operationOf(value) {
    const type = isJsonObject(value) ? value['type'] : undefined
    if (type === 'ATTESTATION') return 'sign:attestation'
    if (type === 'BLOCK_V2') return 'sign:block'
    throw new Refused('unsupported-payload', 'type is not one that is signed here', { where: 'type' })
  },
  example: dutyExample,
}

export const validatorKey: KeyRecord = {
  ...keyRecord,
  algorithm: 'bls12-381',
  publicKey: publicKeyExample,
  family: 'consensus',
}

function validators(reach: Reach): Validators {
  const nothing: Interchange = { ...interchangeExample, data: [] }
  return {
    keys: () => [{ key: validatorKey, protected: true }],
    import: ({ keystores }) =>
      reach(
        'import',
        keystores.map(() => ({ status: 'imported' }) as const),
      ),
    delete: (keys) =>
      reach('delete', { statuses: keys.map(() => ({ status: 'deleted' }) as const), slashingProtection: nothing }),
    voluntaryExit: (_, { epoch = 7n, validatorIndex = 1n }) =>
      reach('voluntaryExit', {
        message: { epoch: String(epoch), validator_index: String(validatorIndex) },
        signature: signatureExample,
      }),
    importInterchange: () =>
      reach('importInterchange', [{ publicKey: publicKeyExample, status: 'imported', blocks: 1, attestations: 0 }]),
    exportInterchange: () => reach('exportInterchange', nothing),
    exportPart: () => reach('exportPart', { part: interchangeExample }),
    raiseWatermark: ({ slot = 0n, epoch = 0n }) =>
      reach('raiseWatermark', [
        {
          scope: `${publicKeyExample}@${interchangeExample.metadata.genesis_validators_root}`,
          block: { slot },
          attestation: { source: epoch, target: epoch },
        },
      ]),
    repair: () => reach('repair', 320),
    ceiling: () => ({}),
    putCeiling: () => reach('putCeiling', undefined),
    prune: () => reach('prune', 4711),
    isSlashable: () => reach('isSlashable', { slashable: false }),
    isDutySlashable: () => reach('isDutySlashable', { slashable: false }),
  }
}

function signing(reach: Reach, saw: Seen): Services['signing'] {
  const replyTo = ({ operation }: Pick<SignRequest, 'operation'>) => {
    const isDuty = dutyOperations.some((one) => one === operation) || operation === 'sign:opaque-root'
    const result = isDuty ? { signature: signatureExample } : signature
    return { attempt: attemptExample, key: keyExample.id, signed: { result } } as const
  }
  return {
    sign(request) {
      saw.signed.push(request)
      return reach('sign', replyTo(request))
    },
    signMany(request) {
      const { keys, ...shared } = request
      saw.signed.push(...keys.map((key) => ({ ...shared, key })))
      return reach(
        'signMany',
        keys.map(() => ({ reply: replyTo(request) })),
      )
    },
    judge: () =>
      reach('judge', {
        decision: {
          verdict: 'deny',
          checks: [{ name: 'operation', ok: false, got: 'sign:message', allowed: 'nothing' }],
        },
        summary: { text: 'hello' },
        facts: { effects: [], claims: [] },
      }),
  }
}

function keyring(reach: Reach): Services['keyring'] {
  const key = (name: string, more: Partial<KeyRecord> = {}) => reach(name, { ...keyRecord, ...more })
  return {
    create: () => key('create'),
    createBackedUp: () => reach('createBackedUp', { key: keyRecord, backup: `0x${'ab'.repeat(64)}` as const }),
    import: () => key('import'),
    importMany: () => reach('importMany', undefined),
    preview: () => reach('preview', { address: keyExample.address }),
    enrol: () => key('enrol', { backend: 'aws-kms' }),
    previewEnrol: () => reach('previewEnrol', { algorithm: 'secp256k1-ecdsa', bytes: new Uint8Array(33) } as const),
    get: () => reach('get', { key: keyRecord, rulesVersion: 3 }),
    list: () => reach('list', { keys: [keyRecord] }),
    disable: () => key('disable', { state: 'disabled' }),
    enable: () => key('enable'),
    enableHeld: () => reach('enableHeld', { enabled: 64, held: 0 }),
    requireDeletable: () => reach('requireDeletable', undefined),
    scheduleDeletion: () =>
      key('scheduleDeletion', { state: 'pending-deletion', deletionDate: '2026-12-20T09:00:00.000Z' }),
    cancelDeletion: () => key('cancelDeletion', { state: 'disabled' }),
    purge: () => key('purge', { state: 'purged' }),
    rules: () => reach('rules', { version: 3, value: rules }),
    putRules: (_, value, expect) => reach('putRules', { version: expect + 1, value }),
    probe: () => reach('probe', [{ key: keyExample.id, ok: true }]),
  }
}

const sponsored = {
  key: accountKeyExample.id,
  sponsor: accountExample.account,
  group: '0xabcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890' as const,
  ids: ['JP45PSRHUB75SFPORCK5VLA5DK6MG4FL5CHGZZPGTTQXWJ3U66AA'],
  index: 0,
  transactions: [Buffer.from(sponsoredExample, 'base64')],
  fee: 2_000n,
  topUp: 0n,
}

function accounts(reach: Reach): Services['accounts'] {
  const { account, network } = accountExample
  const key = { ...accountKeyExample, ref: {} }
  const ledger = { balance: 10_000_000n, minimum: 100_000n, assets: 0n, contracts: 0n, round: 48_759_809n }
  const sent = { id: 'JP45PSRHUB75SFPORCK5VLA5DK6MG4FL5CHGZZPGTTQXWJ3U66AA', round: 48_759_812n }
  return {
    list: () => reach('listAccounts', { accounts: [{ account, network, key, ledger }] }),
    test: () => reach('testAccount', { account, network, signed: { ids: [sent.id] }, ...sent }),
    handOver: () =>
      reach('handOver', {
        account,
        network,
        key: { ...key, id: 'key_01jd5w8x6vq3k7r0m2n4p5s6tc', accounts: [account] },
        former: { ...key, alias: `${key.alias}.retired-p5s6td`, handedOver: true },
        sent,
      }),
  }
}

function clients(reach: Reach): Services['clients'] {
  return {
    create: () => reach('createClient', { client, secret: apiKeyExample }),
    get: () => reach('getClient', { version: 1, value: client }),
    list: () => reach('listClients', { clients: [client] }),
    putGrants: (_, grants, expect) => reach('putGrants', { version: expect + 1, value: { ...client, grants } }),
    addSecret: () => reach('addSecret', { client, secret: apiKeyExample }),
    removeSecret: () => reach('removeSecret', client),
    remove: () => reach('removeClient', undefined),
  }
}

function relay(reach: Reach): Services['relay'] {
  return {
    send: () => reach('send', accepted),
    get: () => reach('getTransaction', final),
    list: () => reach('listTransactions', [final.row]),
    wait: () => reach('wait', final),
  }
}

function walletPolicy(reach: Reach): Services['walletPolicy'] {
  const { verdict, checks, windows } = walletLookExample
  const amounts = windows.map(({ amount, used, limit, ...window }) => ({
    ...window,
    amount: BigInt(amount),
    used: BigInt(used),
    limit: BigInt(limit),
  }))
  return {
    get: () => reach('getWalletPolicy', { version: 2, value: walletPolicyExample }),
    put: (value, expect) => reach('putWalletPolicy', { version: expect + 1, value }),
    check: () => reach('checkWalletPolicy', { verdict, decision: { verdict, checks }, windows: amounts }),
  }
}

function register(reach: Reach): Services['register'] {
  return {
    tail: () =>
      reach('tail', {
        entries: [
          {
            stream: 's1',
            seq: 4,
            index: 0,
            leaf: `0x${'cd'.repeat(32)}`,
            body: '{"kind":"attempt"}',
            time: row.createdAt,
          },
        ],
      }),
    checkpoint: () =>
      reach('checkpoint', { size: 42, root: `0x${'ef'.repeat(32)}`, note: 'chancery.example/log\n42\n' }),
    verify: () => reach('verify', { segments: 12, entries: 42, findings: [] }),
  }
}

function operator(reach: Reach): Services['operator'] {
  return {
    doctor: () =>
      reach('doctor', [
        {
          subject: 'key-encryption key',
          level: 'warning',
          got: 'a key file beside the data directory',
          advice: 'use a passphrase or AWS KMS',
        },
      ]),
    orphans: () =>
      reach('orphans', { looking: false, looked: 12, of: 12, found: 1, findings: [orphanExample], more: 0 }),
    backup: (folder) => reach('backup', { folder, files: ['store.db'] }),
    exportRegister: (path) => reach('exportRegister', { path, lines: 4711 }),
    acceptGap: () => reach('acceptGap', undefined),
  }
}

function kmsBackend(reach: Reach): KmsBackendCompat {
  return {
    authenticate: (key) => (key === apiKey ? principal : undefined),
    address: () => reach('address', keyExample.address),
    signDigest: () => reach('signDigest', { result: signature }),
    sendRaw: () => reach('sendRaw', { answer: { jsonrpc: '2.0', id: 1, result: sentHash }, ok: true }),
  }
}

/** Signing fails with this error. */
export function failing(error: unknown, saw?: Seen): Services {
  const services = agreeing(saw)
  return { ...services, signing: { ...services.signing, sign: () => Promise.reject(error) } }
}

/** Signing never answers. */
export function hanging(saw?: Seen): Services {
  const services = agreeing(saw)
  return { ...services, signing: { ...services.signing, sign: () => new Promise(() => {}) } }
}

/** Policy says no, with its checks. */
export function denying(saw?: Seen): Services {
  const checks = [{ name: 'recipient', ok: false, got: '0x01', allowed: 'nobody' }]
  return failing(new Refused('denied', 'The rules do not allow it', { checks }), saw)
}

export const throttled = new Failed('backend-throttled', 'AWS KMS is at its quota', {
  particulars: { retryAfter: 0.2 },
})
