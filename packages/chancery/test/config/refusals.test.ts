import { describe, expect, test } from 'vitest'
import { load, problemsOf, type Case } from './fixture.ts'

describe('what is refused', () => {
  const pg = {
    CHANCERY_DATABASE_URL: 'postgres://u:hunter2@db.example/chancery',
    CHANCERY_PASSPHRASE_FILE: '/run/pass',
  }
  test.each<[string, Case, string, RegExp?]>([
    ['an unknown key of the file', { file: 'hots: x' }, 'chancery.yaml: hots', /did you mean host\?/],
    [
      'an unknown key of a section',
      { file: 'aws: { regoin: x }' },
      'chancery.yaml: aws.regoin',
      /did you mean aws\.region\?/,
    ],
    ['an unknown section', { file: 'misc: { a: 1 }' }, 'chancery.yaml: misc'],
    ['a section that is no object', { file: 'aws: eu-central-1' }, 'chancery.yaml: aws'],
    ['a file that is a list', { file: '- port' }, 'chancery.yaml'],
    ['the place of the file in the file', { file: 'config: other.yaml' }, 'chancery.yaml: config'],
    ['a name given twice', { file: 'port: 1\nport: 2' }, 'chancery.yaml'],
    ['an anchor and its alias', { file: 'hosts: &a [x]\norigins: *a' }, 'chancery.yaml'],
    ['a tag', { file: 'port: !port 1' }, 'chancery.yaml'],
    ['YAML that does not parse', { file: 'port: [1' }, 'chancery.yaml'],
    ['__proto__ in the file', { file: '__proto__: { host: x }' }, 'chancery.yaml'],
    ['a fraction', { file: 'drainSeconds: 1.5' }, 'chancery.yaml: drainSeconds'],
    ['an unknown flag', { flags: { 'data-dri': 'x' } }, '--data-dri', /did you mean --data-dir\?/],
    ['an unknown CHANCERY_ variable', { env: { CHANCERY_HOTS: 'x' } }, 'CHANCERY_HOTS', /did you mean CHANCERY_HOST\?/],
    ['one in lower case', { env: { chancery_host: 'x' } }, 'chancery_host'],
    ['an unknown CHANCERY_ variable in .env', { dotEnv: 'CHANCERY_PROT=1' }, '.env: CHANCERY_PROT', /CHANCERY_PORT/],
    ['a passphrase in the environment', { env: { CHANCERY_PASSPHRASE: 'x' } }, 'CHANCERY_PASSPHRASE', /passphraseFile/],
    ['a passphrase in .env', { dotEnv: 'CHANCERY_PASSPHRASE=x' }, '.env: CHANCERY_PASSPHRASE', /passphraseFile/],
    ['an API key in the environment', { env: { CHANCERY_API_KEY: 'x' } }, 'CHANCERY_API_KEY', /no secret/],
    ['NODE_OPTIONS', { env: { NODE_OPTIONS: '--require=x' } }, 'NODE_OPTIONS'],
    ['NODE_DEBUG', { env: { NODE_DEBUG: 'http' } }, 'NODE_DEBUG'],
    ['certificates not verified', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }, 'NODE_TLS_REJECT_UNAUTHORIZED'],
    ['.env that others may read', { dotEnv: 'PORT=1', dotEnvMode: 0o644 }, '/srv/app/.env', /0600.*chmod 600/],
    ['.env that the group may write', { dotEnv: 'PORT=1', dotEnvMode: 0o620 }, '/srv/app/.env'],
    ['.env with a line that sets nothing', { dotEnv: 'PORT=1\nhello' }, '/srv/app/.env:2'],
    ['.env with a name twice', { dotEnv: 'PORT=1\nPORT=2' }, '/srv/app/.env:2'],
    ['.env with an open quote', { dotEnv: 'PORT="1' }, '/srv/app/.env:1'],
    ['a port that is no number', { env: { PORT: 'http' } }, 'PORT', /0 to 65535/],
    ['a port too high', { flags: { port: '65536' } }, '--port'],
    ['a port in hex', { flags: { port: '0x50' } }, '--port'],
    ['a port as text in the file', { file: 'port: "9000"' }, 'chancery.yaml: port'],
    ['a host with a path', { flags: { host: 'a/b' } }, '--host'],
    ['every origin', { file: 'origins: ["*"]' }, 'chancery.yaml: origins[0]'],
    ['an origin with a path', { file: 'origins: [https://a.example/]' }, 'chancery.yaml: origins[0]'],
    ['a wrong log level', { flags: { 'log-level': 'wran' } }, '--log-level', /did you mean warn\?/],
    ['a configuration file that is not there', { flags: { config: 'other.yaml' } }, 'config'],
    ['an environment file that is not there', { flags: { 'environment-file': 'other' } }, 'environmentFile'],
    ['the key file in the data directory', { flags: { 'key-file': 'chancery-data/key' } }, 'keyFile', /outside/],
    ['the data directory itself as key file', { flags: { 'key-file': 'chancery-data' } }, 'keyFile', /outside/],
    [
      'the key file there by a link',
      { flags: { 'key-file': '/k/key' }, links: { '/k': '/srv/app/chancery-data' } },
      'keyFile',
      /outside/,
    ],
    [
      'the key file there because the data directory is a link',
      { flags: { 'key-file': '/d/key' }, links: { '/srv/app/chancery-data': '/d' } },
      'keyFile',
      /outside/,
    ],
    [
      'the passphrase file in the data directory',
      { flags: { 'passphrase-file': 'chancery-data/p' } },
      'passphraseFile',
      /outside/,
    ],
    [
      'the witness in the data directory',
      { flags: { 'witness-file': 'chancery-data/sub/w' } },
      'witnessFile',
      /outside/,
    ],
    [
      'the witness in the data directory, under a name that begins like a way out',
      { flags: { 'witness-file': 'chancery-data/..witness' } },
      'witnessFile',
      /outside/,
    ],
    ['a home in the data directory', { env: { HOME: '/srv/app/chancery-data' } }, 'keyFile', /outside/],
    [
      'two sources of the key-encryption key',
      { flags: { 'key-file': '/k', 'passphrase-prompt': true } },
      'keyFile, passphraseFile, passphrasePrompt, aws.keyEncryptionKey',
      /2 of them/,
    ],
    [
      'PostgreSQL without any of them',
      { env: { CHANCERY_DATABASE_URL: 'postgres://localhost/db' } },
      'keyFile, passphraseFile, passphrasePrompt, aws.keyEncryptionKey',
      /PostgreSQL/,
    ],
    [
      'a database that is not PostgreSQL',
      { env: { ...pg, CHANCERY_DATABASE_URL: 'mysql://u:hunter2@h/d' } },
      'CHANCERY_DATABASE_URL',
    ],
    ['a database without a host', { env: { ...pg, CHANCERY_DATABASE_URL: 'postgres:///d' } }, 'database.url'],
    ['a remote database without TLS', { env: { ...pg, CHANCERY_DATABASE_TLS: 'off' } }, 'database.tls', /verify/],
    [
      'TLS turned off in the URL',
      { env: { ...pg, CHANCERY_DATABASE_URL: `${pg.CHANCERY_DATABASE_URL}?sslmode=no-verify` } },
      'database.url',
      /database\.tls/,
    ],
    [
      'open observability beyond loopback',
      { flags: { host: '0.0.0.0', observability: 'open' } },
      'observability',
      /granted/,
    ],
    ['aws-kms without a region', { flags: { backends: 'aws-kms' } }, 'aws.region'],
    ['aws-ssm without a region', { flags: { backends: 'aws-ssm' } }, 'aws.region', /aws-ssm/],
    [
      'aws-data-key without a key',
      { flags: { backends: 'aws-data-key', 'aws-region': 'eu-central-1', 'aws-data-key-copies': '/c' } },
      'aws.dataKey',
    ],
    [
      'aws-data-key without a place for copies',
      { flags: { backends: 'aws-data-key', 'aws-region': 'eu-central-1', 'aws-data-key': 'alias/x' } },
      'aws.dataKeyCopies',
    ],
    [
      'copies of data keys in the data directory',
      { flags: { 'aws-data-key-copies': './chancery-data/copies' } },
      'aws.dataKeyCopies',
      /outside the data directory/,
    ],
    ['a secret kept for longer than five minutes', { flags: { 'aws-cache-seconds': '301' } }, '--aws-cache-seconds'],
    ['an unknown back-end', { flags: { backends: 'vault' } }, '--backends[0]'],
    ['an AWS endpoint in the open', { flags: { 'aws-endpoint': 'http://aws.example' } }, 'aws.endpoint', /https/],
    ['a network by its number', { file: 'networks: [{ id: 1 }]' }, 'chancery.yaml: networks[0].id'],
    ['a network as a list', { file: 'networks: [["eip155:1"]]' }, 'chancery.yaml: networks[0]', /a list/],
    ['a network without an id', { file: 'networks: [{ rpc: [] }]' }, 'chancery.yaml: networks[0].id'],
    ['a network twice', { file: 'networks: [{ id: "eip155:1" }, { id: "eip155:1", fees: zero }]' }, 'networks'],
    [
      'a network with an unknown member',
      { file: 'networks: [{ id: "eip155:1", confirmation: 1 }]' },
      'chancery.yaml: networks[0].confirmation',
      /did you mean confirmations\?/,
    ],
    [
      'an RPC that is no URL',
      { file: 'networks: [{ id: "eip155:1", rpc: [hunter2] }]' },
      'chancery.yaml: networks[0].rpc[0]',
    ],
    [
      'an RPC over ftp',
      { file: 'networks: [{ id: "eip155:1", rpc: ["ftp://hunter2"] }]' },
      'chancery.yaml: networks[0].rpc[0]',
    ],
    [
      'an RPC outside a list',
      { file: 'networks: [{ id: "eip155:1", rpc: "https://h/hunter2" }]' },
      'chancery.yaml: networks[0].rpc',
    ],
    [
      'an RPC twice',
      { file: 'networks: [{ id: "eip155:1", rpc: ["https://h/hunter2", "https://h/hunter2"] }]' },
      'chancery.yaml: networks[0].rpc',
    ],
    [
      'an indexer that is no URL',
      { file: 'networks: [{ id: "eip155:1", indexer: hunter2 }]' },
      'chancery.yaml: networks[0].indexer',
    ],
    [
      'no confirmations',
      { file: 'networks: [{ id: "eip155:1", confirmations: 0 }]' },
      'chancery.yaml: networks[0].confirmations',
    ],
    ['an unknown fee mode', { file: 'networks: [{ id: "eip155:1", fees: 0 }]' }, 'chancery.yaml: networks[0].fees'],
    [
      'an asset of another network',
      { file: 'networks: [{ id: "eip155:1" }]\nassets: [{ id: "eip155:5/erc20:0xA0" }]' },
      'assets',
    ],
    ['an asset by its address', { file: 'assets: [{ id: "0xA0" }]' }, 'chancery.yaml: assets[0].id'],
    ['networks in a variable that is no JSON', { env: { CHANCERY_NETWORKS: 'eip155:1' } }, 'CHANCERY_NETWORKS'],
  ])('%s', (_, given, where, words = /./) => {
    const problems = problemsOf(given)
    const found = problems.find((one) => one.where === where)
    expect(problems.map((one) => one.where)).toContain(where)
    expect(`${found?.got ?? ''} ${found?.wanted} ${found?.hint ?? ''}`).toMatch(words)
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  test('all problems are said at once', () => {
    const found = problemsOf({ flags: { port: 'x', host: '' }, file: 'drainSeconds: -1\norigins: ["*"]' })
    expect(found.map(({ where }) => where).toSorted()).toEqual([
      '--host',
      '--port',
      'chancery.yaml: drainSeconds',
      'chancery.yaml: origins[0]',
    ])
  })

  test('other variables are ignored, in .env as well', () => {
    expect(load({ env: { PATH: '/bin', NODE_ENV: 'production', MY_PASSWORD: 'x' }, dotEnv: 'OTHER=1' }).port).toBe(9000)
    expect(load({ env: { NODE_OPTIONS: '', NODE_TLS_REJECT_UNAUTHORIZED: '1' } }).port).toBe(9000)
  })
})

describe('.env', () => {
  test.each([
    ['PORT=1', 1],
    ['export PORT=2', 2],
    ['PORT = 3', 3],
    ['PORT="4"', 4],
    ["PORT='5' # why", 5],
    ['PORT=6 # why', 6],
    ['# PORT=7\n\n  PORT=8\r\n', 8],
  ])('%j', (dotEnv, port) => {
    expect(load({ dotEnv }).port).toBe(port)
  })

  test('may say where the file is', () => {
    expect(problemsOf({ dotEnv: 'CHANCERY_CONFIG=other.yaml' })[0]).toMatchObject({ got: '/srv/app/other.yaml' })
  })
})
