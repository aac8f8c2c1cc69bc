/** Attestations as a validator client would send them: requests as bytes, made beforehand, so that the load costs little. */

export interface AttestationSource {
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly keys: readonly string[]
  readonly genesisValidatorsRoot: string
  /** The first target epoch. */
  readonly epoch: number
  /** Whether all keys of an epoch sign the same data, as since Electra. */
  readonly shared: boolean
}

const slotsPerEpoch = 32

/** One request a call: each key once in an epoch, then the next epoch. */
export function singles(source: AttestationSource): () => Buffer {
  let count = 0
  return () => {
    const round = Math.floor(count / source.keys.length)
    const key = source.keys[count % source.keys.length] ?? ''
    const body = duty(source, source.epoch + round, source.shared ? 0 : count + 1)
    count += 1
    return request(source, `/api/v1/eth2/sign/${key}`, JSON.stringify(body))
  }
}

/** One request a call for `size` keys that sign the same data. */
export function batches(source: AttestationSource, size: number): () => Buffer {
  let count = 0
  const perEpoch = Math.floor(source.keys.length / size)
  return () => {
    const round = Math.floor(count / perEpoch)
    const first = (count % perEpoch) * size
    const identifiers = source.keys.slice(first, first + size)
    const body = { identifiers, signing_request: duty(source, source.epoch + round, count + 1) }
    count += 1
    return request(source, '/api/v1/eth2/sign', JSON.stringify(body))
  }
}

/** A block for the key, in the first slot of the epoch. */
export function block(source: AttestationSource, key: string, slot: number): Buffer {
  const header = {
    slot: String(slot),
    proposer_index: '7',
    parent_root: root(1),
    state_root: root(2),
    body_root: root(slot),
  }
  const body = {
    type: 'BLOCK_V2',
    fork_info: forkInfo(source),
    beacon_block: { version: 'FULU', block_header: header },
  }
  return request(source, `/api/v1/eth2/sign/${key}`, JSON.stringify(body))
}

function duty(source: AttestationSource, epoch: number, distinct: number) {
  return {
    type: 'ATTESTATION',
    fork_info: forkInfo(source),
    attestation: {
      slot: String(epoch * slotsPerEpoch),
      index: '0',
      beacon_block_root: root(distinct),
      source: { epoch: String(epoch - 1), root: root(epoch - 1) },
      target: { epoch: String(epoch), root: root(epoch) },
    },
  }
}

function forkInfo({ genesisValidatorsRoot }: AttestationSource) {
  const fork = { previous_version: '0x05000000', current_version: '0x06000000', epoch: '1' }
  return { fork, genesis_validators_root: genesisValidatorsRoot }
}

function root(value: number): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

function request({ host, headers }: AttestationSource, path: string, body: string): Buffer {
  const lines = Object.entries({ host, 'content-type': 'application/json', accept: 'application/json', ...headers })
  const head = [`POST ${path} HTTP/1.1`, ...lines.map((line) => line.join(': '))].join('\r\n')
  return Buffer.from(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
