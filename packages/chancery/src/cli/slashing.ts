/** `chancery slashing …`, and the names Web3Signer has for the same. */
import type { CheckSlashingProtection, ProtectionRow } from '@chancery/client'
import { hexAsTyped } from '../base/bytes.ts'
import { parseUint64 } from '../base/uint64.ts'
import { UsageError, type Command, type Flags, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { done, printOne, printRows } from './output.ts'
import { wholeNumber } from './reading.ts'
import { exportFile, slashingExport } from './slashing-export.ts'
import { keysFlag, keysOf, networkFlag, networkOf } from './slashing-flags.ts'
import { importFile, slashingImport } from './slashing-import.ts'
import { web3signerImport } from './web3signer-import.ts'

const watermarkFlags: Flags = {
  slot: { type: 'string', value: '<slot>', about: 'No block at or below it' },
  epoch: {
    type: 'string',
    value: '<epoch>',
    about: 'No attestation with a target at or below it, or a source below it',
  },
  ...keysFlag,
  force: { type: 'boolean', about: 'Beyond the clock too: nothing of it can be taken back' },
  'set-high-watermark': { type: 'boolean', about: 'Sign nothing at or above them, instead; may be taken away again' },
  'remove-high-watermark': { type: 'boolean', about: 'Take the high watermark away' },
  ...networkFlag,
}

const watermark: Command = {
  name: 'slashing watermark',
  about: 'Raise what validators may not go below, or set and remove the high watermark',
  takes: [],
  flags: watermarkFlags,
  examples: [
    'chancery slashing watermark --slot 9000000 --epoch 281250',
    'chancery slashing watermark --epoch 281300 --set-high-watermark',
  ],
  run: moveWatermark,
}

async function moveWatermark(given: Given, terminal: Terminal): Promise<number> {
  const { slashingProtection } = connect(given, terminal)
  const [slot, epoch] = [uint64(given, 'slot'), uint64(given, 'epoch')]
  const bounds = { ...networkOf(given), ...(slot !== undefined && { slot }), ...(epoch !== undefined && { epoch }) }
  const [sets, removes] = [given.has('set-high-watermark'), given.has('remove-high-watermark')]
  if (removes) {
    if (sets || slot !== undefined || epoch !== undefined) {
      throw new UsageError('--remove-high-watermark goes alone: it takes slot and epoch away')
    }
    await slashingProtection.putCeiling(networkOf(given))
    return done(given, terminal, 'The high watermark is gone.')
  }
  if (slot === undefined && epoch === undefined) throw new UsageError('Give --slot, --epoch, or both')
  const keys = keysOf(given)
  if (sets) {
    if (keys.length > 0) throw new UsageError('A high watermark is of a whole network: leave --keys out')
    await slashingProtection.putCeiling(bounds)
    return done(given, terminal, 'The high watermark is set: nothing at or above it is signed.')
  }
  const which = { ...(keys.length > 0 && { publicKeys: keys }), ...(given.has('force') && { forced: true }) }
  const rows = await slashingProtection.raiseWatermark({ ...bounds, ...which })
  printRows(given, terminal, { validators: rows }, rows.map(rowLine), 'There are no protected validators.')
  return 0
}

function rowLine({ publicKey, slot, sourceEpoch, targetEpoch }: ProtectionRow) {
  return { validator: publicKey, slot, source: sourceEpoch, target: targetEpoch }
}

/** Beyond what a number holds. @throws UsageError */
function uint64(given: Given, flag: string): string | undefined {
  const text = given.text(flag)
  if (text === undefined || parseUint64(text) !== undefined) return text
  throw new UsageError(`--${flag} is a whole number, got ${text}`)
}

const prune: Command = {
  name: 'slashing prune',
  about: 'Forget history that is older than so many epochs; what decides stays',
  takes: [],
  flags: {
    epochs: { type: 'string', value: '<n>', about: 'Epochs to keep (default: 250, about 26 hours)' },
    ...networkFlag,
  },
  examples: ['chancery slashing prune --epochs 250'],
  run: async (given, terminal) => {
    const epochs = wholeNumber(given, 'epochs', 250, 1, 1_000_000)
    const forgotten = await connect(given, terminal).slashingProtection.prune({ epochs, ...networkOf(given) })
    printOne(given, terminal, { forgotten }, { 'duties forgotten': forgotten })
    return 0
  },
}

const repair: Command = {
  name: 'slashing repair',
  about: 'Let every protected key begin with the next epoch, because history may be lost',
  takes: [],
  flags: {},
  examples: ['chancery slashing repair'],
  run: async (given, terminal) => {
    const count = await connect(given, terminal).slashingProtection.repair()
    printOne(given, terminal, { raised: count }, { 'rows raised': count })
    return 0
  },
}

const check: Command = {
  name: 'slashing check',
  about: 'Ask whether something would be refused for what was signed before; nothing is recorded',
  takes: ['<pubkey>'],
  flags: {
    slot: { type: 'string', value: '<slot>', about: 'Of a block' },
    source: { type: 'string', value: '<epoch>', about: 'Of an attestation, with --target' },
    target: { type: 'string', value: '<epoch>', about: 'Of an attestation, with --source' },
    root: { type: 'string', value: '<hex>', about: 'Its signing root: the very same may be signed again' },
    ...networkFlag,
  },
  examples: ['chancery slashing check 0x8f… --slot 9000001'],
  run: async (given, terminal) => {
    const request = { publicKey: given.words[0] ?? '', duty: dutyIn(given), ...networkOf(given) }
    const verdict = await connect(given, terminal).slashingProtection.check(request)
    printOne(given, terminal, verdict, { slashable: verdict.slashable, reason: verdict.reason })
    return verdict.slashable ? 1 : 0
  },
}

function dutyIn(given: Given): CheckSlashingProtection['duty'] {
  const [slot, source, target] = [uint64(given, 'slot'), uint64(given, 'source'), uint64(given, 'target')]
  const text = given.text('root')
  const root = text === undefined ? {} : { root: rootNamed(text) }
  if (slot !== undefined && source === undefined && target === undefined) return { kind: 'block', slot, ...root }
  if (slot === undefined && source !== undefined && target !== undefined) {
    return { kind: 'attestation', source, target, ...root }
  }
  throw new UsageError('Give --slot of a block, or --source and --target of an attestation')
}

function rootNamed(text: string) {
  const root = hexAsTyped(text, 32)
  if (root !== undefined) return root
  throw new UsageError(`--root is 32 bytes of hex, got ${text}`)
}

/** As Web3Signer calls them. */
const aliases: readonly Command[] = [
  {
    ...slashingImport,
    name: 'eth2 import',
    examples: ['chancery eth2 import --from interchange.json'],
    run: importFile,
  },
  { ...slashingExport, name: 'eth2 export', examples: ['chancery eth2 export --to interchange.json'], run: exportFile },
  {
    ...watermark,
    name: 'eth2 watermark-repair',
    examples: ['chancery eth2 watermark-repair --slot 9000000 --epoch 281250'],
  },
].map((command) => ({ ...command, about: `${command.about} (Web3Signer's name)` }))

export const slashingCommands: readonly Command[] = [
  slashingImport,
  slashingExport,
  web3signerImport,
  watermark,
  prune,
  repair,
  check,
  ...aliases,
]
