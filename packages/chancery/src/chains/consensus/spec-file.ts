/**
 * A network that is described by a file: config.yaml of the consensus specs, whose values come in as text.
 * https://github.com/ethereum/consensus-specs/tree/master/configs
 */
import { isLowerHex, type Hex } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { parseUint64 } from '../../base/uint64.ts'
import { presets } from './containers/preset.ts'
import { farFuture, forkNames, type Fork, type ForkName, type Forks, type NetworkSpec } from './forks.ts'

/** What the network's entry says where the file does not. */
export interface Genesis {
  readonly genesisValidatorsRoot?: Hex
  /** Seconds since 1970. */
  readonly genesisTime?: number
}

/** @throws RangeError naming the value that is missing or wrong */
export function readSpec(file: JsonObject, genesis: Genesis): NetworkSpec {
  return {
    preset: presets[presetOf(file)],
    genesisValidatorsRoot: genesis.genesisValidatorsRoot ?? validatorsRootOf(file),
    genesisTime: genesis.genesisTime ?? genesisTimeOf(file),
    slotDuration: slotDurationOf(file),
    forks: readForks(file),
  }
}

function presetOf(file: JsonObject): keyof typeof presets {
  const name = file['PRESET_BASE'] ?? 'mainnet'
  if (name === 'mainnet' || name === 'minimal' || name === 'gnosis') return name
  throw wrong('PRESET_BASE', name, 'mainnet, minimal or gnosis')
}

function validatorsRootOf(file: JsonObject): Hex {
  const root = text(file['GENESIS_VALIDATORS_ROOT'] ?? file['genesis_validators_root']).toLowerCase()
  if (isLowerHex(root, 32)) return root
  throw wrong('GENESIS_VALIDATORS_ROOT', root, "0x and 64 hex digits, here or as the network's genesisValidatorsRoot")
}

/** Not MIN_GENESIS_TIME, which some networks began hours after. */
function genesisTimeOf(file: JsonObject): number {
  const value = file['GENESIS_TIME'] ?? file['genesis_time']
  if (value !== undefined) return Number(natural('GENESIS_TIME', value))
  throw wrong('GENESIS_TIME', undefined, "seconds since 1970, here or as the network's genesisTime")
}

/** In milliseconds. Files of today name both; a fraction of a millisecond would make slots of the clock that nobody else has. */
function slotDurationOf(file: JsonObject): number {
  const { SLOT_DURATION_MS: milliseconds, SECONDS_PER_SLOT: seconds } = file
  const found = milliseconds === undefined ? thousandfold(seconds) : natural('SLOT_DURATION_MS', milliseconds)
  if (seconds !== undefined && thousandfold(seconds) !== found) {
    throw wrong(
      'SLOT_DURATION_MS',
      milliseconds,
      `${thousandfold(seconds)}, as SECONDS_PER_SLOT says, or one of the two`,
    )
  }
  if (found > 0n && found <= longestSlot) return Number(found)
  throw wrong('SLOT_DURATION_MS or SECONDS_PER_SLOT', `${found} ms`, `1 ms to ${longestSlot} ms`)
}

/** Milliseconds: a day. */
const longestSlot = 86_400_000n

/** Seconds with at most three decimals, as milliseconds. */
function thousandfold(value: unknown): bigint {
  const [, whole, fraction = ''] = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,3})0*)?$/.exec(text(value)) ?? []
  if (whole !== undefined) return BigInt(whole + fraction.padEnd(3, '0'))
  throw wrong('SECONDS_PER_SLOT', value, 'seconds that make whole milliseconds, such as 12 or 1.5')
}

function readForks(file: JsonObject): Forks {
  const all: Partial<Record<ForkName, Fork>> = {}
  for (const name of forkNames.slice(1)) {
    const fork = readFork(file, name)
    if (fork !== undefined) all[name] = fork
  }
  const { capella, deneb } = all
  if (capella === undefined || deneb === undefined)
    throw wrong('CAPELLA_FORK_VERSION and DENEB_FORK_VERSION', undefined, 'both')
  requireOrder(all)
  return { ...all, phase0: { version: version('GENESIS_FORK_VERSION', file), epoch: 0n }, capella, deneb }
}

function readFork(file: JsonObject, name: ForkName): Fork | undefined {
  const upper = name.toUpperCase()
  if (file[`${upper}_FORK_VERSION`] === undefined) return undefined
  const epoch = file[`${upper}_FORK_EPOCH`]
  return {
    version: version(`${upper}_FORK_VERSION`, file),
    epoch: epoch === undefined ? farFuture : natural(`${upper}_FORK_EPOCH`, epoch),
  }
}

function requireOrder(forks: Partial<Record<ForkName, Fork>>): void {
  let last = 0n
  for (const name of forkNames) {
    const { epoch = last } = forks[name] ?? {}
    if (epoch < last)
      throw wrong(`${name.toUpperCase()}_FORK_EPOCH`, String(epoch), `at least ${last}: forks come in their order`)
    last = epoch
  }
}

function version(name: string, file: JsonObject): Hex {
  const value = text(file[name]).toLowerCase()
  if (isLowerHex(value, 4)) return value
  throw wrong(name, value, '0x and 8 hex digits')
}

function natural(name: string, value: unknown): bigint {
  const number = parseUint64(value)
  if (number !== undefined) return number
  throw wrong(name, text(value), 'decimal digits')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function wrong(name: string, got: unknown, wanted: string): RangeError {
  const shown = typeof got === 'string' && got !== '' ? got.slice(0, 80) : 'nothing'
  return new RangeError(`${name} in the file of the network: got ${shown}, wanted ${wanted}`)
}
