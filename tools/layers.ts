/**
 * Who may import whom, as in the table of docs/architecture.md. A room is a folder of packages/chancery/src (`chains/evm`
 * is a room of its own, matching `chains/*`) or a single file (`compose.ts`). Its own folder is always allowed, and
 * `base` and `core` are allowed except where `only` says otherwise.
 */
export interface Layer {
  /** Rooms it may import besides itself, base and core. */
  readonly rooms: readonly string[]
  /** npm packages, by name or scope (`@aws-sdk/*`). */
  readonly packages: readonly string[]
  /** Base and core are not allowed either. */
  readonly alone?: true
  /** Pure rooms compute: nothing that reads files, opens connections or starts programs. */
  readonly pure?: true
  /** Names of modules may be computed, or loaded late only. */
  readonly late?: 'computed' | 'only'
}

const judging: Layer = { rooms: [], packages: [], pure: true }
const flow: Layer = { rooms: ['curves'], packages: [] }

export const layers: Readonly<Record<string, Layer>> = {
  base: { rooms: [], packages: ['@noble/hashes'], alone: true },
  core: { rooms: ['base'], packages: ['typebox'], alone: true, pure: true },
  curves: {
    rooms: [],
    packages: [
      '@noble/curves',
      '@noble/hashes',
      '@scure/bip32',
      'tiny-secp256k1',
      '@chainsafe/blst',
      '@chancery/bls-addon',
    ],
    pure: true,
  },
  'chains/*': { rooms: ['curves'], packages: ['typebox', '@noble/hashes'], pure: true },
  'chains/evm': { rooms: ['curves'], packages: ['typebox', '@noble/hashes', 'ox', 'micro-eth-signer'], pure: true },
  'chains/consensus': { rooms: ['curves'], packages: ['@noble/hashes', '@chainsafe/hashtree'], pure: true },
  'chains/algorand': { rooms: ['curves'], packages: ['algosdk', '@scure/bip39'], pure: true },
  'chains/bitcoin': { rooms: ['curves'], packages: ['@scure/base', '@scure/btc-signer', 'typebox'], pure: true },
  endpoints: { rooms: [], packages: [] },
  'nodes/*': { rooms: ['endpoints'], packages: [] },
  signers: { rooms: ['curves'], packages: ['@noble/hashes', '@scure/bip32', '@scure/bip39'] },
  'keys/*': { rooms: ['curves', 'signers'], packages: ['@noble/hashes'] },
  'keys/aws': { rooms: ['curves', 'signers'], packages: ['@aws-sdk/*', '@smithy/*'] },
  access: { rooms: [], packages: [] },
  policy: judging,
  guard: judging,
  register: { rooms: [], packages: [] },
  jobs: { rooms: [], packages: [] },
  store: { rooms: [], packages: ['pg', 'kysely'] },
  health: { rooms: [], packages: ['prom-client'] },
  backup: { rooms: [], packages: [] },
  signing: flow,
  keyring: flow,
  relay: flow,
  accounts: flow,
  validators: flow,
  wallets: flow,
  sponsoring: flow,
  http: { rooms: [], packages: ['fastify', '@fastify/*', 'ajv', 'typebox', 'pino', 'prom-client'] },
  cli: { rooms: ['config', 'signers'], packages: ['@chancery/client', 'pino'] },
  config: { rooms: [], packages: ['ajv', 'typebox', 'yaml'] },
  exports: { rooms: ['compose.ts', 'curves'], packages: [] },
  'bin.ts': { rooms: ['compose.ts', 'cli'], packages: [] },
  'chains.ts': { rooms: ['chains/*', 'nodes/*'], packages: [], late: 'only' },
  'keys.ts': { rooms: ['keys/*'], packages: [], late: 'only' },
  compose: { rooms: ['*'], packages: [] },
  'compose.ts': { rooms: ['*'], packages: ['pino', 'prom-client'] },
  'launcher.js': { rooms: ['launch-plan.js'], packages: [], alone: true, late: 'computed' },
  'launch-plan.js': { rooms: [], packages: [], alone: true },
}

/** The commands that need parts of the house in their own process: most of them work without a running service. */
export const composingCommands = ['serve', 'restore', 'drill', 'verify', 'audit', 'aws', 'web3signer']

/** Rooms in which every folder is a plug-in with a row of its own. */
export const plugInFolders = ['chains', 'nodes', 'keys']

/** What may reach the outside world; forbidden in pure rooms. */
export const impureModules =
  /^(node:)?(fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|child_process|cluster|sqlite|readline|repl|inspector)$/

/** The other packages: which of the workspace's packages each may import. None imports from chancery. */
export const siblings: Readonly<Record<string, readonly string[]>> = {
  'aws-emulator': [],
  'bls-addon': [],
  client: [],
  console: ['@chancery/client'],
}
