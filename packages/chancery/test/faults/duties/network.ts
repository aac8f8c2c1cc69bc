/** A network of validators with short epochs, and what is signed on it, worked out by the client's own reckoning. */
import { createHash } from 'node:crypto'
import { devnetRoot, devnetSpecification } from '../../integration/beacon-service.ts'

export const network = 'beacon:short'
export const slotsPerEpoch = 8

/** Epochs of eight seconds: long enough to be asked in, short enough to be waited for. */
export const specification = { ...devnetSpecification, PRESET_BASE: 'minimal', SECONDS_PER_SLOT: '1' }

/** Seconds since 1970: long ago, so that there are millions of slots to sign. */
export const genesisTime = Date.UTC(2020, 11, 1) / 1000

/** The epoch of the clock. */
export const epochNow = (): number => Math.floor((Date.now() / 1000 - genesisTime) / slotsPerEpoch)

export type Root = `0x${string}`

export interface Block {
  readonly kind: 'block'
  readonly slot: number
  /** What tells two blocks of a slot apart. */
  readonly body: Root
}

export interface Vote {
  readonly kind: 'vote'
  readonly source: number
  readonly target: number
  /** The block that is voted for: what tells two votes of a target apart. */
  readonly head: Root
}

export type Duty = Block | Vote

export const rootOf = (text: string): Root => `0x${createHash('sha256').update(text).digest('hex')}`

const zeros: Root = `0x${'00'.repeat(32)}`
const capella = devnetSpecification.CAPELLA_FORK_VERSION
const fork = {
  previous_version: devnetSpecification.BELLATRIX_FORK_VERSION,
  current_version: capella,
  epoch: devnetSpecification.CAPELLA_FORK_EPOCH,
}
const fork_info = { fork, genesis_validators_root: devnetRoot }

/** As the Remote Signing API has it. */
export function bodyOf(duty: Duty): object {
  if (duty.kind === 'vote') {
    const { source, target, head } = duty
    const attestation = {
      slot: String(target * slotsPerEpoch),
      index: '0',
      beacon_block_root: head,
      source: { epoch: String(source), root: zeros },
      target: { epoch: String(target), root: zeros },
    }
    return { type: 'ATTESTATION', fork_info, attestation }
  }
  const header = { proposer_index: '7', parent_root: zeros, state_root: zeros, body_root: duty.body }
  const block_header = { slot: String(duty.slot), ...header }
  return { type: 'BLOCK_V2', fork_info, beacon_block: { version: 'CAPELLA', block_header } }
}

/** What a validator's key signs. https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/beacon-chain.md */
export function signingRootOf(duty: Duty): Root {
  const data = duty.kind === 'vote' ? attestationRoot(duty) : headerRoot(duty)
  return hexOf(pair(data, domain(duty.kind === 'vote' ? '01000000' : '00000000')))
}

function attestationRoot({ source, target, head }: Vote): Buffer {
  const checkpoint = (epoch: number) => pair(uint64(epoch), bytesOf(zeros))
  return tree([uint64(target * slotsPerEpoch), uint64(0), bytesOf(head), checkpoint(source), checkpoint(target)])
}

function headerRoot({ slot, body }: Block): Buffer {
  return tree([uint64(slot), uint64(7), bytesOf(zeros), bytesOf(zeros), bytesOf(body)])
}

function domain(type: string): Buffer {
  const version = Buffer.concat([bytesOf(capella), Buffer.alloc(28)])
  return Buffer.concat([Buffer.from(type, 'hex'), pair(version, bytesOf(devnetRoot)).subarray(0, 28)])
}

/** Of five chunks, as both containers have. */
function tree(chunks: readonly Buffer[]): Buffer {
  const [a, b, c, d, e, f, g, h] = [...chunks, ...Array.from({ length: 3 }, () => bytesOf(zeros))] as Chunks
  return pair(pair(pair(a, b), pair(c, d)), pair(pair(e, f), pair(g, h)))
}

type Chunks = [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]

function pair(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(left).update(right).digest()
}

function uint64(value: number): Buffer {
  const chunk = Buffer.alloc(32)
  chunk.writeBigUInt64LE(BigInt(value))
  return chunk
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.slice(2), 'hex')
const hexOf = (bytes: Buffer): Root => `0x${bytes.toString('hex')}`
