import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadPlaces } from '../../src/config/load.ts'
import { allSettings, flagOf, variableOf } from '../../src/config/settings.ts'
import { settingDescriptions, settingsTable } from '../../src/config/describe.ts'
import { Secret } from '../../src/base/secret.ts'
import { cwd, load, problemsOf, type Case } from './fixture.ts'

const algorandTestnet = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'

const sponsorText = `[{"key":"pays","network":"${algorandTestnet}","perGroup":"2","perSenderDay":"3","perDay":"4","minimumBalance":"5","applications":[{"id":"7","methods":["go()void"]}]}]`

describe('nothing given', () => {
  test('starts with safe defaults', () => {
    expect(load()).toEqual({
      host: '127.0.0.1',
      port: 9000,
      dataDir: '/srv/app/chancery-data',
      socket: '/srv/app/chancery-data/chancery.sock',
      store: { kind: 'sqlite' },
      keyEncryption: {
        kind: 'key-file',
        path: expect.stringMatching(/^\/var\/op\/\.config\/chancery\/chancery-data-[0-9a-f]{8}\/key$/),
        ours: true,
      },
      witnessFile: expect.stringMatching(/^\/var\/op\/\.local\/state\/chancery\/chancery-data-[0-9a-f]{8}\/witness$/),
      hosts: [],
      origins: [],
      trustedProxies: [],
      validatorsLoopback: true,
      validatorsAddon: true,
      observability: 'open',
      networks: [],
      assets: [],
      applications: [],
      sponsors: [],
      wallets: { networks: {}, gap: 20 },
      backends: ['sealed'],
      aws: { quota: 1000, keyQuota: 5, dataKeyQuota: 100, multiRegion: false, cacheSeconds: 0 },
      limits: { clientRate: 5000, clientInFlight: 256, inFlight: 1024 },
      logLevel: 'info',
      drainSeconds: 10,
      leaveSeconds: 0,
      read: [],
    })
  })

  test('each data directory has its own key file and witness', () => {
    const [one, other] = [load({ flags: { 'data-dir': 'a/data' } }), load({ flags: { 'data-dir': 'b/data' } })]
    expect(one.keyEncryption).not.toEqual(other.keyEncryption)
    expect(one.witnessFile).not.toBe(other.witnessFile)
  })

  test('the XDG base directories are followed', () => {
    const config = load({ env: { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' } })
    expect(config.keyEncryption).toMatchObject({ path: expect.stringMatching(/^\/c\/chancery\//) })
    expect(config.witnessFile).toMatch(/^\/s\/chancery\//)
  })

  test('without a home the paths must be said', () => {
    expect(problemsOf({ env: { HOME: undefined } }).map(({ where }) => where)).toContain('witnessFile')
    const named = { CHANCERY_KEY_FILE: '/k/key', CHANCERY_WITNESS_FILE: '/w/witness', HOME: undefined }
    expect(load({ env: named }).witnessFile).toBe('/w/witness')
  })

  test('is immutable', () => {
    const config = load({ file: 'networks: [{ id: "eip155:1" }]' })
    expect(Object.isFrozen(config) && Object.isFrozen(config.networks[0]) && Object.isFrozen(config.limits)).toBe(true)
  })
})

describe('precedence', () => {
  const all = {
    flags: { port: '1' },
    env: { CHANCERY_PORT: '2', PORT: '3' },
    dotEnv: 'CHANCERY_PORT=4\nPORT=5\n',
    file: 'port: 6',
  }
  test.each<[string, Case, number]>([
    ['a flag goes first', all, 1],
    ['then the environment', { ...all, flags: {} }, 2],
    ['then its older name', { ...all, flags: {}, env: { PORT: '3' } }, 3],
    ['then .env', { ...all, flags: {}, env: {} }, 4],
    ['then its older name there', { flags: {}, dotEnv: 'PORT=5', file: 'port: 6' }, 5],
    ['then the file', { file: 'port: 6' }, 6],
    ['then the default', {}, 9000],
    ['an empty variable is not set', { env: { CHANCERY_PORT: '', PORT: '' }, file: 'port: 6' }, 6],
  ])('%s', (_, given, port) => {
    expect(load(given).port).toBe(port)
  })
})

describe('every setting', () => {
  type Probe = readonly [name: string, text: string, yaml: string, read: (config: Config) => unknown, expected: unknown]
  const withTls = { flags: { 'tls-cert-file': '/c', 'tls-key-file': '/k' } }
  const postgres = { flags: { 'passphrase-file': '/run/pass' } }
  const probes: readonly (Probe | readonly [...Probe, Case])[] = [
    ['host', '127.0.0.2', '127.0.0.2', ({ host }) => host, '127.0.0.2'],
    ['port', '0', '0', ({ port }) => port, 0],
    ['dataDir', 'd', 'd', ({ dataDir }) => dataDir, '/srv/app/d'],
    [
      'database.url',
      'postgres://u:p@localhost:5/db',
      'postgres://u:p@localhost:5/db',
      ({ store }) => store,
      { kind: 'postgres', url: expect.any(Secret), shown: 'localhost:5/db', tls: 'off' },
      postgres,
    ],
    [
      'database.tls',
      'verify',
      'verify',
      ({ store }) => store,
      expect.objectContaining({ tls: 'verify' }),
      { flags: { ...postgres.flags, 'database-url': 'postgres://localhost/db' } },
    ],
    [
      'database.caFile',
      'ca.pem',
      'ca.pem',
      ({ store }) => store,
      expect.objectContaining({ caFile: '/srv/app/ca.pem' }),
      { flags: { ...postgres.flags, 'database-url': 'postgres://db/db' } },
    ],
    [
      'keyFile',
      '/k/key',
      '/k/key',
      ({ keyEncryption }) => keyEncryption,
      { kind: 'key-file', path: '/k/key', ours: false },
    ],
    ['passphraseFile', '/k/p', '/k/p', ({ keyEncryption }) => keyEncryption, { kind: 'passphrase-file', path: '/k/p' }],
    ['passphrasePrompt', 'true', 'true', ({ keyEncryption }) => keyEncryption, { kind: 'passphrase-prompt' }],
    [
      'aws.keyEncryptionKey',
      'arn:aws:kms:eu-central-1:123456789012:key/ab-1',
      'arn:aws:kms:eu-central-1:123456789012:key/ab-1',
      ({ keyEncryption }) => keyEncryption,
      { kind: 'aws-kms', arn: 'arn:aws:kms:eu-central-1:123456789012:key/ab-1' },
    ],
    ['witnessFile', '../w', '../w', ({ witnessFile }) => witnessFile, '/srv/w'],
    ['hosts', 'a.example, b.example', '[a.example, b.example]', ({ hosts }) => hosts, ['a.example', 'b.example']],
    ['origins', 'https://a.example', '[https://a.example]', ({ origins }) => origins, ['https://a.example']],
    ['trustedProxies', '10.0.0.0/8', '[10.0.0.0/8]', ({ trustedProxies }) => trustedProxies, ['10.0.0.0/8']],
    [
      'tls.certFile',
      '../c.pem',
      '../c.pem',
      ({ tls }) => tls,
      { kind: 'pem', certFile: '/srv/c.pem', keyFile: '/k', clients: 'asked' },
      { flags: { 'tls-key-file': '/k' } },
    ],
    [
      'tls.keyFile',
      '../k.pem',
      '../k.pem',
      ({ tls }) => tls,
      { kind: 'pem', certFile: '/c', keyFile: '/srv/k.pem', clients: 'asked' },
      { flags: { 'tls-cert-file': '/c' } },
    ],
    [
      'tls.keystoreFile',
      '../s.p12',
      '../s.p12',
      ({ tls }) => tls,
      { kind: 'pkcs12', keystoreFile: '/srv/s.p12', passwordFile: '/p', clients: 'asked' },
      { flags: { 'tls-keystore-password-file': '/p' } },
    ],
    [
      'tls.keystorePasswordFile',
      '../p',
      '../p',
      ({ tls }) => tls,
      { kind: 'pkcs12', keystoreFile: '/s', passwordFile: '/srv/p', clients: 'asked' },
      { flags: { 'tls-keystore-file': '/s' } },
    ],
    ['tls.clientCaFile', '../ca', '../ca', ({ tls }) => tls?.clientCaFile, '/srv/ca', withTls],
    ['tls.clients', 'required', 'required', ({ tls }) => tls?.clients, 'required', withTls],
    ['validators.loopback', 'off', 'off', ({ validatorsLoopback }) => validatorsLoopback, false],
    ['validators.addon', 'off', 'off', ({ validatorsAddon }) => validatorsAddon, false],
    ['wallet.provider', 'self-hosted', 'self-hosted', ({ wallets }) => wallets.gap, 20],
    ['wallet.tier', 'hd', 'hd', ({ wallets }) => wallets.tier, 'hd'],
    ['wallet.utxoNetwork', 'testnet', 'testnet', ({ wallets }) => wallets.networks['bitcoin'], 'testnet'],
    ['wallet.evmNetwork', 'sepolia', 'sepolia', ({ wallets }) => wallets.networks['evm'], 'sepolia'],
    ['wallet.gap', '50', '50', ({ wallets }) => wallets.gap, 50],
    ['observability', 'granted', 'granted', ({ observability }) => observability, 'granted'],
    [
      'networks',
      `[{"id":"eip155:31337","rpc":["http://localhost:8545"]},{"id":"${algorandTestnet}","indexer":"http://:t0ken@idx"}]`,
      `[{ id: "eip155:31337", rpc: [http://localhost:8545] }, { id: "${algorandTestnet}", indexer: "http://:t0ken@idx" }]`,
      ({ networks }) => networks,
      [
        {
          network: 'eip155:31337',
          rpc: [{ origin: 'http://localhost:8545', url: expect.any(Secret) }],
          fees: 'auto',
          main: false,
        },
        {
          network: algorandTestnet,
          rpc: [],
          indexer: { origin: 'http://idx', url: expect.any(Secret) },
          fees: 'auto',
          main: false,
        },
      ],
    ],
    [
      'assets',
      '[{"id":"eip155:1/erc20:0xA0"}]',
      '[{ id: "eip155:1/erc20:0xA0" }]',
      ({ assets }) => assets,
      [{ asset: 'eip155:1/erc20:0xA0' }],
      { flags: { networks: '[{"id":"eip155:1"}]' } },
    ],
    [
      'applications',
      `[{"id":"${algorandTestnet}/app:123","interface":"/i.json"}]`,
      `[{ id: "${algorandTestnet}/app:123", interface: /i.json }]`,
      ({ applications }) => applications,
      [{ network: algorandTestnet, id: 123n, interface: { methods: [] } }],
      { flags: { networks: `[{"id":"${algorandTestnet}"}]` }, others: { '/i.json': '{"methods":[]}' } },
    ],
    [
      'sponsors',
      sponsorText,
      sponsorText,
      ({ sponsors }) => sponsors,
      [
        {
          key: 'pays',
          network: algorandTestnet,
          perSenderDay: 3n,
          perDay: 4n,
          groupsPerSenderDay: 100,
          minimumBalance: 5n,
          simulate: true,
          signedOnly: false,
          terms: {
            perGroup: 2n,
            topUp: 0n,
            applications: [{ id: '7', methods: ['go()void'] }],
            assets: [],
            payments: false,
            rekeying: false,
            longestLife: 1_000n,
          },
        },
      ],
      { flags: { networks: `[{"id":"${algorandTestnet}"}]` } },
    ],
    ['backends', 'sealed', '[sealed]', ({ backends }) => backends, ['sealed'], { env: { AWS_REGION: 'eu-central-1' } }],
    [
      'aws.region',
      'eu-central-1',
      'eu-central-1',
      ({ aws, backends }) => [aws.region, backends],
      ['eu-central-1', ['sealed', 'aws-kms']],
    ],
    [
      'aws.endpoint',
      'http://127.0.0.1:4566',
      'http://127.0.0.1:4566',
      ({ aws }) => aws.endpoint?.origin,
      'http://127.0.0.1:4566',
    ],
    ['aws.quota', '50', '50', ({ aws }) => aws.quota, 50],
    ['aws.keyQuota', '20', '20', ({ aws }) => aws.keyQuota, 20],
    ['aws.dataKeyQuota', '500', '500', ({ aws }) => aws.dataKeyQuota, 500],
    ['aws.multiRegion', 'true', 'true', ({ aws }) => aws.multiRegion, true],
    ['aws.cacheSeconds', '300', '300', ({ aws }) => aws.cacheSeconds, 300],
    [
      'aws.dataKey',
      'alias/accounts',
      'alias/accounts',
      ({ aws }) => aws.dataKeys,
      { key: 'alias/accounts', copies: '/c' },
      { flags: { 'aws-data-key-copies': '/c' } },
    ],
    [
      'aws.dataKeyCopies',
      '../copies',
      '../copies',
      ({ aws }) => aws.dataKeys?.copies,
      '/srv/copies',
      { flags: { 'aws-data-key': 'alias/accounts' } },
    ],
    [
      'keystores.path',
      '../keys',
      '../keys',
      ({ keyFiles }) => keyFiles?.keystores,
      { folder: '/srv/keys', passwordFile: '/p' },
      { flags: { 'keystores-password-file': '/p' } },
    ],
    [
      'keystores.passwordsPath',
      '../words',
      '../words',
      ({ keyFiles }) => keyFiles?.keystores,
      { folder: '/k', passwords: '/srv/words' },
      { flags: { 'keystores-path': '/k' } },
    ],
    [
      'keystores.passwordFile',
      '../word',
      '../word',
      ({ keyFiles }) => keyFiles?.keystores,
      { folder: '/k', passwordFile: '/srv/word' },
      { flags: { 'keystores-path': '/k' } },
    ],
    [
      'keystores.network',
      'beacon:hoodi',
      '"beacon:hoodi"',
      ({ keyFiles }) => keyFiles?.network,
      'beacon:hoodi',
      { flags: { 'key-config-path': '/c' } },
    ],
    ['keyConfigPath', '../keys', '../keys', ({ keyFiles }) => keyFiles?.keyConfigs, { folder: '/srv/keys' }],
    ['limits.clientRate', '7', '7', ({ limits }) => limits.clientRate, 7],
    ['limits.clientInFlight', '7', '7', ({ limits }) => limits.clientInFlight, 7],
    ['limits.inFlight', '7', '7', ({ limits }) => limits.inFlight, 7],
    ['logLevel', 'debug', 'debug', ({ logLevel }) => logLevel, 'debug'],
    ['drainSeconds', '3', '3', ({ drainSeconds }) => drainSeconds, 3],
    ['leaveSeconds', '3', '3', ({ leaveSeconds }) => leaveSeconds, 3],
  ]

  test.each(probes)('%s: by flag, variable, .env and file', (name, text, yaml, read, expected, base = {}) => {
    const setting = allSettings.find((one) => one.name === name)
    if (setting === undefined) throw new Error(`no setting ${name}`)
    const nested = name.includes('.') ? name.replace(/(.+)\.(.+)/, `$1: { $2: ${yaml} }`) : `${name}: ${yaml}`
    const ways: readonly Case[] = [
      { flags: { [flagOf(setting)]: text } },
      { env: { [variableOf(setting)]: text } },
      { dotEnv: `${variableOf(setting)}='${text}'` },
      { file: nested },
      { file: `${JSON.stringify(name)}: ${yaml}` },
    ]
    for (const way of ways) {
      const config = load({ ...base, ...way, flags: { ...base.flags, ...way.flags }, env: { ...base.env, ...way.env } })
      expect(read(config)).toEqual(expected)
    }
  })

  test('is probed above', () => {
    const probed = [...probes.map(([name]) => name), 'config', 'environmentFile']
    expect(probed.toSorted()).toEqual(allSettings.map(({ name }) => name).toSorted())
  })

  test('has a sentence, a default and names of its own', () => {
    const names = settingDescriptions.flatMap(({ flag, variables }) => [flag, ...variables])
    expect(new Set(names).size).toBe(names.length)
    for (const { about, default: standard, flag } of settingDescriptions) {
      expect(about).toMatch(/\.$/)
      expect(standard).not.toBe('')
      expect(settingsTable()).toContain(flag)
    }
  })
})

describe('the AWS region', () => {
  const region = (given: Case) => load({ file: 'aws: { region: eu-central-2 }', ...given }).aws.region

  test('is that of KMS_REGION, then AWS_REGION, then the configured default', () => {
    expect(region({})).toBe('eu-central-2')
    expect(region({ env: { AWS_REGION: 'us-east-1' } })).toBe('us-east-1')
    expect(region({ env: { AWS_REGION: 'us-east-1', KMS_REGION: 'eu-west-1' } })).toBe('eu-west-1')
    expect(region({ env: { AWS_REGION: 'us-east-1', KMS_REGION: '' } })).toBe('us-east-1')
  })

  test('goes by our own variable and flag before any other', () => {
    const env = { KMS_REGION: 'eu-west-1', CHANCERY_AWS_REGION: 'eu-north-1' }
    expect(region({ env })).toBe('eu-north-1')
    expect(region({ env, flags: { 'aws-region': 'sa-east-1' } })).toBe('sa-east-1')
  })
})

test('a command finds the service whatever else is wrong', () => {
  const places = loadPlaces({ flags: { 'data-dir': 'd' }, env: { PORT: 'x' }, cwd })
  expect(places).toEqual({ dataDir: '/srv/app/d', socket: '/srv/app/d/chancery.sock' })
})
