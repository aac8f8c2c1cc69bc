/** From a body of the Remote Signing API to an intent: read strictly, hashed here, compared with the root the client has. */
import { toHex } from '../../base/bytes.ts'
import type { SignRequestBody } from '../../core/chain.ts'
import { Refused } from '../../core/errors.ts'
import { readBytes } from '../../core/fields.ts'
import { invalid, refusal, unsupported } from '../../core/refusals.ts'
import { domainOf, domainVersion, signingRootOf } from './domains.ts'
import { type Envelope, readEnvelope } from './envelope.ts'
import type { ConsensusIntent, DutyIntent, RootIntent } from './intent.ts'
import { epochOf, type ConsensusNetwork } from './networks.ts'
import type { Message } from './duties/duty.ts'

export interface Networks {
  readonly all: readonly ConsensusNetwork[]
  readonly byGenesisValidatorsRoot: ReadonlyMap<string, ConsensusNetwork>
}

/** @throws Refused with where, got and wanted. */
export function parse(request: SignRequestBody, networks: Networks): ConsensusIntent {
  return request.operation === 'sign:opaque-root' ? parseRoot(request) : parseDuty(request, networks)
}

function parseDuty(request: SignRequestBody, networks: Networks): DutyIntent {
  const envelope = readEnvelope(request.value)
  const { type, duty, payload, where, body, forkInfo } = envelope
  requireOperation(request, envelope)
  const beacon = networkOf(request, envelope, networks)
  const message = duty.read(payload, where, {
    network: beacon,
    publicKey: request.publicKey,
    body,
    ...(forkInfo && { currentVersion: forkInfo.fork.current_version }),
  })
  const version = domainVersion(duty.domainRule, beacon, domainEpoch(message, beacon), forkInfo)
  const signingRoot = signingRootOf(message.root, domainOf(duty.domain, duty.domainRule, version, beacon))
  requireRoot(body, signingRoot)
  return {
    chain: 'consensus',
    kind: 'duty',
    operation: duty.operation,
    network: beacon.network,
    beacon,
    duty,
    message,
    signingRoot,
    summary: { type, ...message.summary, fork_version: version },
  }
}

function requireOperation({ operation }: SignRequestBody, { type, duty }: Envelope): void {
  if (operation === duty.operation) return
  throw unsupported('type', type, `This is signed as ${duty.operation}, not as ${operation}`)
}

/** A network says itself by its genesis validators root; without one it must be named, or be the only one. */
function networkOf({ network }: SignRequestBody, { duty, forkInfo }: Envelope, networks: Networks): ConsensusNetwork {
  if (forkInfo === undefined) {
    if (duty.domainRule === 'request' || duty.domainRule === 'exit')
      throw invalid('fork_info', undefined, 'fork and genesis_validators_root')
    return namedNetwork(network, networks)
  }
  const root = forkInfo.genesis_validators_root
  const found = networks.byGenesisValidatorsRoot.get(root)
  if (found === undefined) throw unknownRoot(root, networks)
  if (network === undefined || network === found.network) return found
  const got = `that of ${found.network}`
  const where = 'fork_info.genesis_validators_root'
  throw new Refused('wrong-network', 'The request belongs to another network', {
    where,
    got,
    wanted: `that of ${network}`,
    hint: 'A key that came in for one network signs for no other: chancery doctor',
  })
}

function unknownRoot(root: string, { all }: Networks): Refused {
  return new Refused('unknown-network', 'No configured network has this genesis validators root', {
    where: 'fork_info.genesis_validators_root',
    got: root,
    wanted: all.map((one) => `${one.genesisValidatorsRoot} (${one.network})`).join(', '),
    hint: 'Configure the network the client is on, or point the client at another service',
  })
}

function namedNetwork(network: SignRequestBody['network'], { all }: Networks): ConsensusNetwork {
  const [only] = all
  if (network === undefined && only !== undefined && all.length === 1) return only
  const names = all.map((one) => one.network).join(', ')
  if (network === undefined)
    throw refusal('invalid-request', 'network is missing', 'network', undefined, `one of ${names}`)
  const named = all.find((one) => one.network === network)
  if (named !== undefined) return named
  throw refusal('unknown-network', 'The network is not configured', 'network', network, names)
}

/** An attestation's own epoch is that of its target. */
function domainEpoch({ epoch, slot }: Message, beacon: ConsensusNetwork): bigint {
  if (epoch !== undefined) return epoch
  return slot === undefined ? 0n : epochOf(beacon, slot)
}

/** A client that came to another root read something else than what would be signed. */
function requireRoot(body: Readonly<Record<string, unknown>>, signingRoot: Uint8Array): void {
  for (const where of ['signing_root', 'signingRoot'] as const) {
    const given = body[where]
    if (given === undefined) continue
    const wanted = toHex(signingRoot)
    if (given === wanted) continue
    const got = toHex(readBytes(given, where, 32))
    if (got !== wanted) throw refusal('invalid-payload', `${where} is not that of the payload`, where, got, wanted)
  }
}

/** A bare root belongs to no network, so naming one would promise what nobody can check. */
function parseRoot({ network, value }: SignRequestBody): RootIntent {
  if (network !== undefined)
    throw refusal('invalid-request', 'A root belongs to no network', 'network', network, 'none')
  const signingRoot = readBytes(value, 'root', 32)
  return {
    chain: 'consensus',
    kind: 'root',
    operation: 'sign:opaque-root',
    signingRoot,
    summary: { root: toHex(signingRoot) },
  }
}
