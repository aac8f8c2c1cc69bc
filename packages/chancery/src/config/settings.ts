/**
 * Every setting there is: one table for the file, the environment, the flags, their help and the reference. The name is
 * the file's key; `keyFile` is `--key-file` and `CHANCERY_KEY_FILE`, `aws.region` is `--aws-region` and
 * `CHANCERY_AWS_REGION`.
 */
import type { Network } from '../core/names.ts'
import { application } from './applications.ts'
import { asset, network, parseNetwork } from './networks.ts'
import { sponsor } from './sponsors.ts'
import {
  boolean,
  integer,
  listOf,
  matching,
  oneOf,
  path,
  problem,
  secretMatching,
  secretUrl,
  text,
  type Shape,
} from './shapes.ts'

export interface Setting<T = unknown> {
  readonly name: string
  readonly shape: Shape<T>
  readonly about: string
  /** In words, as help and reference show it. */
  readonly default: string
  /** Variables of older fame that set it as well, in their order, `CHANCERY_…` going first. */
  readonly alsoVariables: readonly string[]
}

const hostName = matching(/^[A-Za-z0-9._:[\]-]{1,255}$/, '<host>', 'a host name or an address')
const origin = matching(
  /^https?:\/\/[a-z0-9.[\]:-]+$/,
  '<origin>',
  'an origin such as https://console.example, never *',
)
const proxy = matching(/^[0-9a-fA-F:.]+(?:\/[0-9]{1,3})?$/, '<cidr>', 'an address or a CIDR range')
const region = matching(/^[a-z]{2}(?:-[a-z]+)+-[0-9]$/, '<region>', 'an AWS region such as eu-central-1')
const kmsArn = matching(
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/,
  '<arn>',
  'the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>',
)

const kmsName = matching(
  /^(?:(?:mrk-)?[a-f0-9-]{32,36}|alias\/[a-zA-Z0-9/_-]+|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(?:key|alias)\/[A-Za-z0-9/_-]+)$/,
  '<key>',
  'a KMS key: its id, its ARN, alias/… or an alias ARN',
)

/** Ended in 2024; who still asks for it is told. https://ethereum.org/en/developers/docs/networks/ */
const goerliEnded = 'Goerli was shut down in 2024: sepolia took its place'
const evmNetworks = oneOf('mainnet', 'sepolia')
const evmNetwork: Shape<'mainnet' | 'sepolia'> = {
  ...evmNetworks,
  parse(value, where) {
    if (value === 'goerli') throw problem(where, value, 'mainnet, sepolia', goerliEnded)
    return evmNetworks.parse(value, where)
  },
}

const elsewhere = 'its wallets are made through its own API; this service makes them itself'
const provider: Shape<'self-hosted'> = {
  ...oneOf('self-hosted'),
  parse(value, where) {
    if (value === 'self-hosted') return value
    throw problem(where, value, 'self-hosted', elsewhere)
  },
}

const networkId: Shape<Network> = { label: '<network>', text: 'text', parse: parseNetwork }

function setting<T>(
  name: string,
  shape: Shape<T>,
  standard: string,
  about: string,
  ...alsoVariables: readonly string[]
): Setting<T> {
  return { name, shape, about, default: standard, alsoVariables }
}

export const settings = {
  config: setting('config', path, 'chancery.yaml, where there is one', 'The configuration file.'),
  host: setting('host', hostName, '127.0.0.1', 'The address to listen on.'),
  port: setting('port', integer(0, 65_535), '9000', 'The port to listen on; 0 takes any free one.', 'PORT'),
  dataDir: setting('dataDir', path, './chancery-data', 'The data directory: all state of the service.'),
  databaseUrl: setting(
    'database.url',
    secretMatching(/^postgres(?:ql)?:\/\/\S+$/, '<url>', 'a postgres:// URL'),
    'SQLite in the data directory',
    'PostgreSQL instead of SQLite, for several replicas. The URL may hold the password.',
  ),
  databaseTls: setting(
    'database.tls',
    oneOf('verify', 'off'),
    'verify, or off on loopback',
    'Whether the connection to PostgreSQL is encrypted and its certificate verified; off on loopback only.',
  ),
  databaseCaFile: setting('database.caFile', path, "the system's", 'Certificates that PostgreSQL is verified against.'),
  keyFile: setting(
    'keyFile',
    path,
    'made under ~/.config/chancery, one for each data directory',
    'The 0600 file that holds the key-encryption key, outside the data directory.',
  ),
  passphraseFile: setting(
    'passphraseFile',
    path,
    'none',
    'A 0600 file with the passphrase the key-encryption key is derived from, outside the data directory.',
  ),
  passphrasePrompt: setting('passphrasePrompt', boolean, 'false', 'Ask for the passphrase at the terminal at start.'),
  kmsKeyEncryptionKey: setting(
    'aws.keyEncryptionKey',
    kmsArn,
    'none',
    'A symmetric AWS KMS key that wraps the key-encryption key.',
  ),
  witnessFile: setting(
    'witnessFile',
    path,
    'made under ~/.local/state/chancery, one for each data directory',
    "The file that remembers the register's head, outside the data directory and the store.",
  ),
  hosts: setting('hosts', listOf(hostName), 'none', 'Host names that requests may name, beside localhost.'),
  origins: setting('origins', listOf(origin), 'none', 'Origins whose web pages may call the service (CORS).'),
  trustedProxies: setting('trustedProxies', listOf(proxy), 'none', 'Proxies whose X-Forwarded-For is believed.'),
  tlsCertFile: setting(
    'tls.certFile',
    path,
    'none',
    'The certificate of the listener, PEM, with those that vouch for it: HTTPS from then on.',
  ),
  tlsKeyFile: setting('tls.keyFile', path, 'none', 'The 0600 file with the key of the certificate, PEM.'),
  tlsKeystoreFile: setting(
    'tls.keystoreFile',
    path,
    'none',
    'Certificate and key in one PKCS #12 file, in the place of the two.',
    'WEB3SIGNER_TLS_KEYSTORE_FILE',
  ),
  tlsKeystorePasswordFile: setting(
    'tls.keystorePasswordFile',
    path,
    'none',
    'The 0600 file with the password of the PKCS #12 file.',
    'WEB3SIGNER_TLS_KEYSTORE_PASSWORD_FILE',
  ),
  tlsClientCaFile: setting(
    'tls.clientCaFile',
    path,
    'none',
    'Authorities, PEM, whose client certificates are known by their common name; a fingerprint needs none.',
  ),
  tlsClients: setting(
    'tls.clients',
    oneOf('asked', 'required'),
    'asked',
    'Whether a connection without a client certificate may bring an API key instead, or ends.',
  ),
  validatorsLoopback: setting(
    'validators.loopback',
    oneOf('on', 'off'),
    'on',
    'Whether validator clients on this machine may sign duties without a credential, while the listener is on loopback.',
  ),
  validatorsAddon: setting(
    'validators.addon',
    oneOf('auto', 'off'),
    'auto',
    'Whether BLS signatures are made by the addon where it was built (auto), or by @chainsafe/blst whatever was (off).',
  ),
  observability: setting(
    'observability',
    oneOf('open', 'granted'),
    'open on loopback, granted beyond',
    'Whether /metrics, /docs and the particulars of health are open, or need a grant of register:read or admin.',
  ),
  networks: setting(
    'networks',
    listOf(network),
    'none',
    'Networks to sign for and send to: id (CAIP-2), rpc (URLs), indexer (URL), esplora (URLs), fees (auto|zero), confirmations, main (is money real?); of a validator network that is not known: spec (its config.yaml), genesisValidatorsRoot, genesisTime (seconds).',
  ),
  assets: setting(
    'assets',
    listOf(asset),
    'none',
    'Tokens whose transfers and approvals are understood: id (CAIP-19); with a symbol such as USDT, wallets are made for them.',
  ),
  applications: setting(
    'applications',
    listOf(application),
    'none',
    'Applications whose calls are shown in words and refused where they do not fit: id (CAIP-2 and /app:), interface (a file, ARC-4 or ARC-56).',
  ),
  sponsors: setting(
    'sponsors',
    listOf(sponsor),
    'none',
    'Whose fees are paid: key, account, network, perGroup, perSenderDay, perDay, groupsPerSenderDay, minimumBalance, topUp, applications, assets, payments, rekeying, longestLife, simulate, signedOnly.',
  ),
  walletProvider: setting(
    'wallet.provider',
    provider,
    'self-hosted',
    'Who makes wallets: this service. Other providers have their own API.',
  ),
  walletTier: setting(
    'wallet.tier',
    oneOf('native', 'datakey', 'hd', 'sealed'),
    'none: each wallet names one',
    'The tier of wallets that name none: where their keys live, and what they cost.',
  ),
  walletUtxoNetwork: setting(
    'wallet.utxoNetwork',
    oneOf('mainnet', 'testnet', 'testnet4', 'signet', 'regtest'),
    'none',
    'The network of BTC, LTC and DOGE wallets that name none; it is served even where `networks` does not list it.',
    'UTXO_NETWORK',
  ),
  walletEvmNetwork: setting(
    'wallet.evmNetwork',
    evmNetwork,
    'none',
    'The same of ETH, BNB and POL: mainnet or sepolia (with the test networks of the others).',
    'EVM_NETWORK',
  ),
  walletGap: setting(
    'wallet.gap',
    integer(1, 10_000),
    '20',
    'Deposit addresses of a wallet of the tier hd that were never paid to, in a row, before no more are given out (BIP-44).',
  ),
  backends: setting(
    'backends',
    listOf(oneOf('sealed', 'aws-kms', 'aws-ssm', 'aws-data-key')),
    'sealed, and aws-kms where a region is set',
    'Key back-ends in use.',
  ),
  awsRegion: setting('aws.region', region, 'none', 'The AWS region of keys.', 'KMS_REGION', 'AWS_REGION'),
  awsEndpoint: setting('aws.endpoint', secretUrl, "AWS's own", 'Another endpoint of AWS, such as the emulator.'),
  awsQuota: setting(
    'aws.quota',
    integer(5, 100_000),
    '1000',
    "Signatures a second that the AWS account's quota allows; a fifth of it is left to others.",
  ),
  awsKeyQuota: setting(
    'aws.keyQuota',
    integer(1, 10_000),
    '5',
    'Keys a second that the account may make in the region, by its quotas of CreateKey and CreateAlias; a fifth is left to others.',
  ),
  awsDataKeyQuota: setting(
    'aws.dataKeyQuota',
    integer(1, 100_000),
    '100',
    'The same of data key pairs, by the quota of GenerateDataKeyPair.',
  ),
  awsMultiRegion: setting(
    'aws.multiRegion',
    boolean,
    'false',
    'Make keys of aws-kms that can be replicated to other regions; a key stays what it was made as.',
  ),
  awsCacheSeconds: setting(
    'aws.cacheSeconds',
    integer(0, 300),
    '0',
    'How long a key that AWS decrypted (aws-ssm, aws-data-key) stays in its signer process; 0 wipes it after each batch.',
  ),
  awsDataKey: setting('aws.dataKey', kmsName, 'none', 'The symmetric AWS KMS key of aws-data-key: id, ARN or alias/….'),
  awsDataKeyCopies: setting(
    'aws.dataKeyCopies',
    path,
    'none',
    'The folder for second copies of data keys, outside the data directory; aws-data-key needs it.',
  ),
  keystoresPath: setting(
    'keystores.path',
    path,
    'none',
    'A folder of EIP-2335 keystores, *.json, loaded at start and on reload: each is opened once, and sealed.',
    'WEB3SIGNER_ETH2_KEYSTORES_PATH',
  ),
  keystoresPasswordsPath: setting(
    'keystores.passwordsPath',
    path,
    'none',
    'The folder of their passwords: <name>.txt for <name>.json.',
    'WEB3SIGNER_ETH2_KEYSTORES_PASSWORDS_PATH',
  ),
  keystoresPasswordFile: setting(
    'keystores.passwordFile',
    path,
    'none',
    'The file of the one password of all of them.',
    'WEB3SIGNER_ETH2_KEYSTORES_PASSWORD_FILE',
  ),
  keystoresNetwork: setting(
    'keystores.network',
    networkId,
    'the only validator network there is',
    'The network that keys from files sign for (CAIP-2).',
  ),
  keyConfigPath: setting(
    'keyConfigPath',
    path,
    'none',
    "A folder of Web3Signer's key configurations, *.yaml: types file-keystore and file-raw.",
    'WEB3SIGNER_KEY_CONFIG_PATH',
    'WEB3SIGNER_KEY_STORE_PATH',
  ),
  clientRate: setting('limits.clientRate', integer(1, 1_000_000), '5000', 'Requests a second of one client.'),
  clientInFlight: setting(
    'limits.clientInFlight',
    integer(1, 65_536),
    '256',
    'Requests of one client at work at once.',
  ),
  inFlight: setting('limits.inFlight', integer(1, 65_536), '1024', 'Requests of all clients at work at once.'),
  logLevel: setting(
    'logLevel',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'How much is logged.',
  ),
  drainSeconds: setting('drainSeconds', integer(0, 600), '10', 'How long a stop waits for requests at work.'),
  leaveSeconds: setting(
    'leaveSeconds',
    integer(0, 600),
    '0',
    'How long a stop still takes requests before it drains, no longer ready, for a balancer to notice.',
  ),
  environmentFile: setting('environmentFile', text, '.env, where there is one', 'The 0600 file of variables.'),
} as const

export const allSettings: readonly Setting[] = Object.values(settings)

/** Says where the others are; cannot stand in the file itself. */
export function isFileSetting({ name }: Setting): boolean {
  return name !== 'config' && name !== 'environmentFile'
}

export function flagOf({ name }: Setting): string {
  return name.replace('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export function variableOf(named: Setting): string {
  return `CHANCERY_${flagOf(named).replaceAll('-', '_').toUpperCase()}`
}
