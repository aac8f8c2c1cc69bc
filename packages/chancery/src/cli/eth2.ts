/** `chancery eth2`: `serve` for whoever comes from Web3Signer or py3signer, by the flags they have in their scripts. */
import { UsageError, type Command, type Flags, type Given, type Terminal } from './command.ts'
import { settingFlags } from './offline.ts'
import { serveCommand } from './serve.ts'

/** Other names of settings. https://docs.web3signer.consensys.io/reference/cli/options */
const sameAs: Readonly<Record<string, string>> = {
  'http-listen-host': 'host',
  'http-listen-port': 'port',
  'http-host-allowlist': 'hosts',
  'http-cors-origins': 'origins',
  'data-path': 'data-dir',
  logging: 'log-level',
  'key-store-path': 'key-config-path',
  'tls-cert': 'tls-cert-file',
  'tls-key': 'tls-key-file',
}

/** A command line is read by everybody who lists processes, and kept by shells. */
const secrets: Readonly<Record<string, string>> = {
  'slashing-protection-db-password': 'CHANCERY_DATABASE_URL in a 0600 .env file (--environment-file)',
  'keystores-password': '--keystores-password-file',
  'tls-keystore-password': '--tls-keystore-password-file',
  'auth-token': 'a client, whose key is shown once: chancery clients create',
}

const protectionElsewhere =
  'Slashing protection is kept in the store of this service: bring the old database in with chancery slashing import, and name PostgreSQL with --database-url'

/** What may not be passed over in silence. */
const refused: Readonly<Record<string, string>> = {
  'slashing-protection-db-url': protectionElsewhere,
  'slashing-protection-db-username': protectionElsewhere,
}

const text = (about: string, value = '<text>'): Flags[string] => ({ type: 'string', value, about })
const named = (names: readonly string[], about: (name: string) => string): Flags =>
  Object.fromEntries(names.map((name) => [name, text(about(name))]))

const flags: Flags = {
  ...settingFlags,
  network: text('The validator network: mainnet, sepolia, hoodi, gnosis or chiado', '<name>'),
  ...named(Object.keys(sameAs), (name) => `As --${sameAs[name]}`),
  ...named(Object.keys(secrets), (name) => `Not taken from a command line: use ${secrets[name]}`),
  ...named(Object.keys(refused), () => 'Not taken: protection is kept in the store of this service'),
  'slashing-protection-enabled': text('true: it cannot be forgotten here', 'true'),
  'key-manager-api-enabled': text('true: it is always there', 'true'),
  'enable-key-manager-api': text('true: it is always there', 'true'),
  'metrics-enabled': { type: 'boolean', about: 'They are always there, at /metrics' },
}

export function eth2Command(version: string): Command {
  const { run } = serveCommand(version)
  return {
    name: 'eth2',
    about: 'Run the service, by the flags of Web3Signer and py3signer',
    takes: [],
    flags,
    examples: [
      'chancery eth2 --network mainnet --keystores-path ./keystores --keystores-passwords-path ./passwords',
      'chancery eth2 --network hoodi --key-store-path ./keys --http-listen-port 9000',
      'chancery eth2 import --from interchange.json',
    ],
    run: (given, terminal) => {
      refuse(given)
      warn(given, terminal)
      return run(asSettings(given), terminal)
    },
  }
}

function refuse(given: Given): void {
  for (const [name, why] of Object.entries(refused)) {
    if (given.text(name) !== undefined) throw new UsageError(`--${name} is not taken. ${why}`)
  }
  if ((given.text('slashing-protection-enabled') ?? 'true') !== 'true') {
    throw new UsageError('Slashing protection is on: no flag of Web3Signer switches it off')
  }
  if (given.text('network') !== undefined && given.text('networks') !== undefined) {
    throw new UsageError('Give --network or --networks, not both')
  }
}

function warn(given: Given, terminal: Terminal): void {
  for (const [name, instead] of Object.entries(secrets)) {
    if (given.text(name) === undefined) continue
    terminal.note(`chancery: --${name} is not used: others can read a command line. Use ${instead}`)
  }
  if (/^[a-z]+:\/\/[^/@]*:[^/@]+@/.test(given.text('database-url') ?? '')) {
    terminal.note(
      'chancery: --database-url holds a password, and others can read a command line. Put CHANCERY_DATABASE_URL into a 0600 .env file',
    )
  }
}

/** The settings these flags stand for; one that is given by its own name goes first. */
export function asSettings(given: Given): Given {
  const others = new Map(Object.entries(sameAs).map(([other, name]) => [name, other]))
  const textOf = (name: string): string | undefined => {
    const own = given.text(name)
    if (own !== undefined) return own
    if (name === 'networks') return networksOf(given.text('network'))
    const other = others.get(name)
    const value = other === undefined ? undefined : given.text(other)
    return name === 'log-level' ? value?.toLowerCase() : value
  }
  return { ...given, text: textOf, texts: (name) => [textOf(name) ?? []].flat() }
}

function networksOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : JSON.stringify([{ id: `beacon:${name.toLowerCase()}` }])
}
