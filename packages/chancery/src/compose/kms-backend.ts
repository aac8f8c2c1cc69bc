/**
 * The compatible routes' part: the variables that configure them are the grant. One built-in client, one opaque key, and
 * of rights only signing digests, reading that key, and relaying.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { deadlineIn } from '../base/deadline.ts'
import { fromHex, toHex, utf8, type Hex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { newId } from '../base/id.ts'
import { operatorPrincipal } from '../access/operator.ts'
import { requirePermit } from '../access/permit.ts'
import { rawTransactionChainId } from '../chains/evm/raw-chain-id.ts'
import type { KmsBackendConfig } from '../config/config.ts'
import type { Principal } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { KeyId, Network } from '../core/names.ts'
import type { ChainNode, NodeCall } from '../core/node.ts'
import { noRules } from '../core/rules.ts'
import type { KmsBackendCompat } from '../core/services.ts'
import type { AwsKmsBackend } from '../keys/aws/aws-kms.ts'
import { createEvmNode, networkAt } from '../nodes/evm/node.ts'
import { refuseFrozen } from '../signing/judge.ts'
import type { House } from './house.ts'
import { textOf } from './parts.ts'

const startLimit = 15_000
const alias = 'kms-backend'

/** Before the key is known it may do nothing; the grant follows when the key is found. */
function kmsBackendPrincipal(key: KeyId): Principal {
  const operations = ['sign:digest', 'keys:read', 'relay'] as const
  return {
    client: 'cli_kms-backend',
    name: alias,
    grants: [{ operations, keys: [key], networks: '*' }],
    scheme: 'built-in',
  }
}

export interface KmsBackendParts extends KmsBackendConfig {
  /** Whether money is real on a network. */
  isMain(network: Network): boolean
  observeNode(network: Network, call: NodeCall): void
}

/** @throws Refused `key-state` when the same public key is enrolled as a decoded key (safety rule 14) */
export async function openKmsBackend(
  config: KmsBackendParts,
  house: House,
  backend: AwsKmsBackend,
  clock: Clock,
): Promise<KmsBackendCompat & { readonly principal: Principal; readonly key: KeyRecord }> {
  const key = await ownKey(config, house, backend, clock)
  const principal = kmsBackendPrincipal(key.id)
  const node = relayNode(config, backend.isEmulated?.(key.ref) === true)
  return {
    key,
    principal,
    authenticate: sameAs(config, principal),
    address: async () => key.address ?? '',
    signDigest: async (digest, call) => {
      const request = { key: key.id, operation: 'sign:digest', value: digest } as const
      return (await house.signing.sign(request, call)).signed
    },
    ...(node && { sendRaw: (raw: Hex, call: Call) => sendRaw(house, node, key, raw, call) }),
  }
}

/** Finds the key among ours, or takes it into use: only `kms:GetPublicKey` and `kms:Sign` are asked of AWS (safety rule 13). */
async function ownKey(
  config: KmsBackendConfig,
  house: House,
  backend: AwsKmsBackend,
  clock: Clock,
): Promise<KeyRecord> {
  const call: Call = { principal: operatorPrincipal, deadline: deadlineIn(startLimit, clock) }
  const id = newId('key', clock.now())
  const wanted = { id, algorithm: 'secp256k1-ecdsa', name: config.keyId } as const
  const found = await backend.enrolUnowned(wanted, call.deadline).catch(nameVariable)
  const { findKey } = house.state.current()
  const known = findKey(toHex(found.publicKey.bytes))
  if (known?.kind === 'decoded') {
    throw new Refused('key-state', 'AWS_KMS_KEY_ID is in use as a decoded key, and never signs bare digests', {
      got: known.id,
    })
  }
  // The key that the variable named before keeps the name.
  const named = findKey(alias) === undefined && { alias }
  const request = { id, backend: backend.name, family: 'evm', kind: 'opaque', ...named } as const
  const key = known ?? (await house.adopt(request, found, call))
  // Here already and without rules: a start that ended between the two, or an administrator who left them to the variables.
  const ruled = house.state.current().rules.has(key.id)
  if (!ruled) await house.keyring.putRules(key.id, { ...noRules, operations: ['sign:digest'] }, 0, call)
  return key
}

/** A key back-end knows what it was given as `name`; who started the service knows it as a variable. */
function nameVariable(error: unknown): never {
  if (!(error instanceof Refused) || error.particulars.where !== 'name') throw error
  throw new Refused(error.code, error.message, { ...error.particulars, where: 'AWS_KMS_KEY_ID' })
}

/** Compared as keyed hashes of equal length, in constant time. */
function sameAs(config: KmsBackendConfig, principal: Principal): (key: string) => Principal | undefined {
  const pepper = randomBytes(32)
  const hash = (text: string) => createHmac('sha256', pepper).update(utf8(text)).digest()
  const wanted = hash(textOf(config.apiKey))
  return (key) => (timingSafeEqual(hash(key), wanted) ? principal : undefined)
}

/** Which chain it is, the node says once; what is sent must be for that chain. */
function relayNode(parts: KmsBackendParts, emulated: boolean): (() => Promise<ChainNode>) | undefined {
  const { rpc, isMain, observeNode } = parts
  if (rpc === undefined) return undefined
  let opened: Promise<ChainNode> | undefined
  const open = async () => {
    const url = new URL(textOf(rpc.url))
    const network = await networkAt(url)
    if (emulated && isMain(network)) {
      throw new Refused('denied', 'Beside a key of an emulator nothing is relayed to a main network', { got: network })
    }
    return createEvmNode({ network, urls: [url], fees: 'auto', observe: (call) => observeNode(network, call) })
  }
  return () =>
    (opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    }))
}

async function sendRaw(house: House, open: () => Promise<ChainNode>, key: KeyRecord, raw: Hex, call: Call) {
  const node = await open()
  requirePermit(call.principal, 'relay', { key: key.id, network: node.network })
  const bytes = fromHex(raw)
  const chain = rawTransactionChainId(bytes)
  const got = chain === undefined ? 'none' : `eip155:${chain}`
  if (got !== node.network) {
    throw new Refused('wrong-network', 'The transaction is not for the chain of the configured node', {
      where: 'raw',
      got,
      wanted: node.network,
    })
  }
  // The built-in client is there for this one key: to freeze it stops both.
  refuseFrozen(house.state.current(), key)
  const answer = await node.forward(bytes, call.deadline)
  house.writer.trail({
    bodies: [
      {
        kind: 'notice',
        what: 'raw transaction forwarded',
        client: call.principal.client,
        network: node.network,
        accepted: answer.ok,
      },
    ],
    guards: [],
    signs: false,
  })
  return answer
}

export function awsBackendOf(house: House): AwsKmsBackend {
  const found = house.backends.find((backend): backend is AwsKmsBackend => 'enrolUnowned' in backend)
  if (found) return found
  throw new Failed('not-configured', 'The compatible routes need the key back-end aws-kms')
}
