/** The command line against a real service, from its first key to its end. The tests tell one story, in order. */
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { hash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client, type ClientWithSecret, type Key } from '@chancery/client'
import { encryptKeystoreJson } from 'ethers'
import { privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonical, type JsonObject } from '../../src/base/json.ts'
import { chancery } from '../cli/terminal.ts'
import { runToEnd, serve, type ServiceProcess } from './service-process.ts'

const network = 'eip155:31337'
const someone = '0x000000000000000000000000000000000000dEaD'
const [hexKey, keystoreKey] = [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`] as const

let folder: string
let service: ServiceProcess
let app: Client

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-cli-'))
  writeFileSync(join(folder, 'chancery.yaml'), `networks: [{ id: "${network}", rpc: [] }]\n`)
  service = await serve(folder)
}, 60_000)

afterAll(() => {
  service.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const run = (...args: readonly string[]) => chancery(args, { cwd: folder, env: { HOME: folder } })

async function data<T>(...args: readonly string[]): Promise<T> {
  const { status, out, notes } = await run(...args, '--json')
  expect([status, notes]).toEqual([0, ''])
  return JSON.parse(out) as T
}

const message = { network, message: { text: 'hello' } } as const
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

describe('the first administrator key', () => {
  test('lies in a file of its owner, beside a socket and a folder of the same', () => {
    const { firstKey, socket } = service.announced
    const modeOf = (path: unknown) => (statSync(String(path)).mode & 0o777).toString(8)
    expect([firstKey, socket, join(folder, 'chancery-data')].map(modeOf)).toEqual(['600', '600', '700'])
  })

  test('makes one client over HTTP, signs nothing, and ends', async () => {
    const apiKey = readFileSync(String(service.announced['firstKey']), 'utf8').trim()
    const first = createClient({ url: service.url, apiKey })
    expect(await codeOf(first.sign('anything', message))).toBe('key-not-found')
    const grants = [{ operations: ['sign:message', 'keys:read'], keys: '*', networks: '*' }] as const
    const made = await first.clients.create({ name: 'app', grants })
    app = createClient({ url: service.url, apiKey: made.secret })
    expect(await codeOf(first.clients.create({ name: 'second', grants }))).toBe('unauthenticated')
    expect((await data<readonly { name: string }[]>('clients', 'list')).map(({ name }) => name)).toContain('app')
  })
})

describe('keys', () => {
  test('are imported from a file of hex', async () => {
    writeFileSync(join(folder, 'hex'), `${hexKey}\n`, { mode: 0o600 })
    const key = await data<Key>('keys', 'import', '--hex-file', 'hex', '--alias', 'treasury')
    expect(key).toMatchObject({ alias: 'treasury', backend: 'sealed', address: privateKeyToAddress(hexKey) })
  })

  test('are imported from a Web3 keystore with its password', async () => {
    const account = { address: privateKeyToAddress(keystoreKey), privateKey: keystoreKey }
    const keystore = await encryptKeystoreJson(account, 'secret', { scrypt: { N: 1024 } })
    writeFileSync(join(folder, 'keystore.json'), keystore)
    writeFileSync(join(folder, 'password'), 'secret\n', { mode: 0o600 })
    const given = ['--keystore', 'keystore.json', '--password-file', 'password', '--alias', 'ops']
    expect(await data<Key>('keys', 'import', ...given)).toMatchObject({ address: account.address })
    const { status, notes } = await chancery(['keys', 'import', '--keystore', 'keystore.json'], {
      cwd: folder,
      typed: 'wrong',
    })
    expect([status, notes]).toEqual([1, expect.stringContaining('The password does not open the keystore')])
  })

  test('twice the same secret is refused: one identity per secret', async () => {
    const { status, notes } = await chancery(['keys', 'import'], { cwd: folder, typed: hexKey })
    expect(status).toBe(1)
    expect(notes).toMatch(/^chancery: .*already/)
    expect(notes).not.toContain(hexKey.slice(2))
  })

  test('are refused without repeating a private key that was typed for a name', async () => {
    for (const typed of [hexKey, hexKey.slice(2)]) {
      const { status, notes } = await run('keys', 'create', '--alias', typed)
      expect([status, notes]).toEqual([1, expect.stringContaining('not shown')])
      expect(notes).not.toContain(hexKey.slice(2, 22))
    }
  })

  test('are listed, for people and for programs', async () => {
    expect((await data<readonly Key[]>('keys', 'list')).map(({ alias }) => alias)).toEqual(['treasury', 'ops'])
    const { out } = await run('keys', 'list')
    expect(out.split('\n')).toHaveLength(3)
    expect(out).toMatch(/^key .*address .*state\n/)
  })

  test('go through their life', async () => {
    await run('keys', 'create', '--alias', 'old')
    const states = []
    for (const step of [['disable'], ['enable'], ['schedule-deletion', '--days', '7'], ['cancel-deletion']]) {
      const [name = '', ...flags] = step
      states.push((await data<Key>('keys', name, 'old', ...flags)).state)
    }
    expect(states).toEqual(['disabled', 'enabled', 'pending-deletion', 'disabled'])
    expect((await run('keys', 'purge', 'old')).status).toBe(1)
  })
})

describe('rules', () => {
  const yaml = `operations: [sign:message]\nnetworks: ["${network}"]\nrecipients: ["${someone.toLowerCase()}"]\n`

  test('are put from YAML, and shown with addresses as the chain writes them', async () => {
    expect(await codeOf(app.sign('treasury', message))).toBe('denied')
    writeFileSync(join(folder, 'rules.yaml'), yaml)
    expect((await run('rules', 'put', 'treasury', 'rules.yaml')).out).toBe('Rules of treasury are version 1')
    const { out, notes } = await run('rules', 'show', 'treasury')
    expect(JSON.parse(out)).toMatchObject({ operations: ['sign:message'], recipients: [someone] })
    expect(notes).toBe('version 1')
    expect((await app.sign('treasury', message)).result).toHaveProperty('signature')
  })

  test('of another version than the one named are not replaced', async () => {
    const at = { cwd: folder, stdin: yaml }
    const { status, notes } = await chancery(['rules', 'put', 'treasury', '-', '--version', '0'], at)
    expect([status, notes]).toEqual([1, expect.stringMatching(/^chancery: .*at version 1/)])
    expect((await chancery(['rules', 'put', 'treasury', '-', '--version', '1'], at)).status).toBe(0)
  })

  test('that name no operation take everything away, and say so', async () => {
    const put = (stdin: string) => chancery(['rules', 'put', 'treasury', '-'], { cwd: folder, stdin })
    expect((await put(`networks: ["${network}"]\n`)).notes).toBe('They name no operation: treasury may do nothing')
    expect((await put(yaml)).notes).toBe('')
  })

  test('and grants are two things: without a grant the rules do not help', async () => {
    const grant = (text: string) => run('clients', 'put-grants', id, '--grant', text)
    const { client, secret } = await data<ClientWithSecret>('clients', 'create', 'reader')
    const { id } = client
    const reader = createClient({ url: service.url, apiKey: secret })
    expect(await codeOf(reader.sign('treasury', message))).toBe('key-not-found')
    expect((await grant('keys:read@treasury@*')).status).toBe(0)
    expect(await codeOf(reader.sign('treasury', message))).toBe('denied')
    expect((await grant(`sign:message@treasury@${network}`)).status).toBe(0)
    expect(await codeOf(reader.sign('treasury', message))).toBe('done')
    expect((await run('clients', 'remove', id)).out).toBe('Removed')
    expect(await codeOf(reader.sign('treasury', message))).toBe('unauthenticated')
  })

  test('with a mistake are refused with its place', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), 'operations: [sign:everything]\n')
    const { status, notes } = await run('rules', 'put', 'treasury', 'wrong.yaml')
    expect([status, notes]).toEqual([1, expect.stringContaining('operations')])
  })
})

test('clients are listed all, not only as many as one page holds', async () => {
  const names = Array.from({ length: 105 }, (_, n) => `many-${n}`)
  const made = await Promise.all(names.map((name) => data<ClientWithSecret>('clients', 'create', name)))
  const listed = await data<readonly { name: string }[]>('clients', 'list')
  expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
  await Promise.all(made.map(({ client }) => run('clients', 'remove', client.id)))
}, 60_000)

test('clients are shown with each of their grants, in the form that makes it', async () => {
  const treasury = (await data<Key>('keys', 'show', 'treasury')).id
  const grants = [`sign:message,keys:read@${treasury}@${network},eip155:1`, 'register:read@*@*']
  const given = grants.flatMap((grant) => ['--grant', grant])
  const { client } = await data<ClientWithSecret>('clients', 'create', 'two-grants', ...given)
  const shown = async () => (await run('clients', 'list')).out.split('\n').find((line) => line.startsWith(client.id))
  expect(await shown()).toMatch(new RegExp(` ${grants.join(' ').replaceAll('*', '\\*')}$`))
  await run('clients', 'put-grants', client.id)
  expect(await shown()).toMatch(/ nothing$/)
  await run('clients', 'remove', client.id)
})

test('what is frozen signs nothing until it is thawed', async () => {
  for (const what of [['--key', 'treasury'], ['--everything']]) {
    expect((await run('freeze', ...what)).out).toBe('Frozen')
    expect(await codeOf(app.sign('treasury', message))).toBe('frozen')
    expect((await run('thaw', ...what)).out).toBe('Thawed')
    expect(await codeOf(app.sign('treasury', message))).toBe('done')
  }
})

test('doctor warns of the key file the service made, and ends with 0: a warning is no problem', async () => {
  const { status, out } = await run('doctor')
  expect([status, out]).toEqual([0, expect.stringMatching(/^warning {2}key-encryption key: .+\n +Set passphraseFile/m)])
  const findings = await data<readonly { subject: string; level: string }[]>('doctor')
  expect(findings.every(({ level }) => ['ok', 'warning'].includes(level))).toBe(true)
  if (existsSync('/proc/self/limits')) expect(findings.map(({ subject }) => subject)).toContain('core files')
})

test('doctor ends with 1 when something is wrong', async () => {
  const path = join(folder, 'chancery-data')
  const { mode } = statSync(path)
  chmodSync(path, 0o755)
  try {
    const { status, out } = await run('doctor')
    expect([status, out]).toEqual([1, expect.stringMatching(/^PROBLEM .*chancery-data/m)])
  } finally {
    chmodSync(path, mode)
  }
})

describe('the register', () => {
  test('is shown, newest first', async () => {
    const entries = await data<readonly { time: string }[]>('audit', 'tail', '--limit', '5')
    expect(entries).toHaveLength(5)
    expect(entries.map(({ time }) => time)).toEqual(
      entries
        .map(({ time }) => time)
        .toSorted()
        .toReversed(),
    )
    expect(JSON.stringify(entries)).not.toContain(hexKey.slice(2))
  })

  test('has for each entry a line, or its body as data, whose canonical text is what the leaf stands for', async () => {
    const [lines, entries] = [
      (await run('audit', 'tail')).out.split('\n'),
      await data<readonly { leaf: string; body: JsonObject }[]>('audit', 'tail'),
    ]
    expect(lines).toHaveLength(20)
    expect(lines.filter((line) => line.length > 300 || line.includes('\\'))).toEqual([])
    const leafOf = (body: JsonObject) => `0x${hash('sha256', `\0${canonical(body)}`, 'hex')}`
    expect(entries.map(({ body }) => leafOf(body))).toEqual(entries.map(({ leaf }) => leaf))
  })

  test('names who changed something: a client by its id, and the operator by one name', async () => {
    type Body = { readonly kind: string; readonly actor?: string }
    const entries = await data<readonly { body: Body }[]>('audit', 'tail', '--limit', '500')
    const bodies = entries.map(({ body }) => body)
    const actors = bodies.flatMap(({ kind, actor }) =>
      kind === 'change' ? [actor?.replace(/^cli_.{26}$/, 'a client')] : [],
    )
    expect(new Set(actors)).toEqual(new Set(['a client', 'operator']))
  })

  test('verifies, and so does an export of it, which is its owner’s and never overwritten', async () => {
    expect((await run('audit', 'verify')).out).toMatch(/^\d+ segments, \d+ entries: everything fits$/)
    writeFileSync(join(folder, 'trail.json'), '{"Records":[]}')
    const reconciled = await data('audit', 'reconcile', '--cloudtrail', 'trail.json')
    expect(reconciled).toMatchObject({ records: 0, calls: { stray: [] }, attempts: { stray: [] } })
    const { path, lines } = await data<{ path: string; lines: number }>('audit', 'export', 'register.jsonl')
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(lines + 1)
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect(await data('audit', 'verify', '--export', 'register.jsonl')).toMatchObject({ findings: [] })
    const again = await run('audit', 'export', 'register.jsonl')
    expect([again.status, again.notes]).toEqual([1, expect.stringContaining('There is such a file already')])
    const nowhere = await run('audit', 'export', 'no/such/folder.jsonl')
    expect([nowhere.status, nowhere.notes]).toEqual([1, expect.stringContaining('ENOENT')])
  })

  test('edited in the export does not verify, and the place is named', async () => {
    const text = readFileSync(join(folder, 'register.jsonl'), 'utf8')
    writeFileSync(join(folder, 'edited.jsonl'), text.replace('hello', 'hallo'))
    const { status, out } = await run('audit', 'verify', '--export', 'edited.jsonl')
    expect([status, out]).toEqual([
      1,
      expect.stringMatching(/^PROBLEM {2}segment str_\w+\/\d+: entry \d+ was edited$/m),
    ])
  })
})

describe('as processes', () => {
  test('a second service on the data directory says that there is one', async () => {
    const { status, out, err } = await runToEnd(folder, 'serve', '--port', '0', '--log-level', 'error')
    expect([status, out]).toEqual([1, ''])
    expect(err).toBe(
      `chancery: another process has the store open (at ${folder}/chancery-data/store.sqlite)\nOne service runs on a data directory; the command line speaks to it\n`,
    )
  })

  test('a port in use is said, and the process ends; the first key it made replaces one that opens nothing', async () => {
    const stale = join(folder, 'other', 'first-administrator-key')
    mkdirSync(join(folder, 'other'))
    writeFileSync(stale, 'of an earlier installation\n', { mode: 0o644 })
    const port = new URL(service.url).port
    const flags = ['--port', port, '--data-dir', 'other', '--log-level', 'error']
    const { status, out, err } = await runToEnd(folder, 'serve', ...flags)
    expect(status).toBe(1)
    expect(err).toMatch(/^chancery: The service cannot listen there .*EADDRINUSE.*\n.*--port\n$/)
    expect(out).toMatch(/^First administrator key written to /)
    expect(readFileSync(stale, 'utf8')).toMatch(/^chancery_/)
    expect((statSync(stale).mode & 0o777).toString(8)).toBe('600')
  }, 60_000)

  test('a command speaks to the service', async () => {
    const { status, out } = await runToEnd(folder, 'keys', 'show', 'treasury', '--json')
    expect([status, JSON.parse(out)]).toEqual([0, expect.objectContaining({ alias: 'treasury' })])
  })
})

/** A request whose body is not finished: it is being worked on for as long as the test likes. */
async function openRequest(url: string, apiKey: string, body: string) {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-api-key': apiKey,
    expect: '100-continue',
  }
  const sent: ClientRequest = request(`${url}/v1/keys/treasury/sign`, { method: 'POST', headers })
  const reply = once(sent, 'response') as Promise<[IncomingMessage]>
  reply.catch(() => {})
  sent.flushHeaders()
  await once(sent, 'continue')
  return { finish: () => void sent.end(body), reply }
}

const isReady = async (url: string) => (await fetch(`${url}/readyz`)).status

describe('the end', () => {
  let apiKey: string
  const body = JSON.stringify(message)

  test('a backup is written, rehearsed, and brought back', async () => {
    const grant = `sign:message@treasury@${network}`
    apiKey = (await data<{ secret: string }>('clients', 'create', 'late', '--grant', grant)).secret
    expect((await run('backup', 'backup')).out).toContain('store.sqlite')
    expect((await run('backup', 'backup')).status).toBe(1)
    expect(await data('drill', 'backup')).toMatchObject({ findings: [], keys: 3 })
    const { status, notes } = await run('restore', 'backup')
    expect([status, notes]).toEqual([1, expect.stringContaining('wanted an empty data directory')])
  })

  test('SIGTERM: not ready at once, what is being worked on ends well, and so does the process', async () => {
    const { finish, reply } = await openRequest(service.url, apiKey, body)
    expect(await isReady(service.url)).toBe(200)
    // As from a terminal by way of npm: the process group gets it, and npm passes its own on.
    service.kill('SIGTERM')
    service.kill('SIGTERM')
    await expect.poll(() => isReady(service.url), { timeout: 15_000 }).toBe(503)
    finish()
    expect((await reply)[0].statusCode).toBe(200)
    expect(await service.ended).toBe(0)
    expect(existsSync(String(service.announced['socket']))).toBe(false)
  })

  test('what was brought back serves the same keys, once a person has accepted what may be missing', async () => {
    const flags = ['--data-dir', 'restored', '--key-file', keyFile()]
    const keyless = await run('restore', 'backup', '--data-dir', 'restored')
    expect([keyless.status, keyless.notes]).toEqual([1, expect.stringMatching(unnamedKeyFile)])
    expect((await run('restore', 'backup', ...flags)).out).toContain('accept-gap')
    const served = await runToEnd(folder, 'serve', '--port', '0', '--log-level', 'error', '--data-dir', 'restored')
    expect([served.status, served.err]).toEqual([1, expect.stringMatching(unnamedKeyFile)])
    service = await serve(folder, ...flags)
    expect(service.announced['firstKey']).toBeUndefined()
    expect(await data<readonly Key[]>('keys', 'list', '--data-dir', 'restored')).toHaveLength(3)
    const client = createClient({ url: service.url, apiKey })
    expect(await codeOf(client.sign('treasury', message))).toBe('behind-witness')
    const accept = ['audit', 'accept-gap', '--data-dir', 'restored']
    expect((await run(...accept)).status).toBe(2)
    expect((await run(...accept, '--reason', 'a rehearsal')).out).toBe('Accepted, on record')
    expect(await codeOf(client.sign('treasury', message))).toBe('done')
  }, 60_000)

  test('a second SIGTERM ends at once, whatever is being worked on', async () => {
    await openRequest(service.url, apiKey, body)
    service.kill('SIGTERM')
    await expect.poll(() => isReady(service.url), { timeout: 15_000 }).toBe(503)
    // A drain would take ten seconds and end with 0.
    const stillThere = Symbol('still there')
    const ended = () => (service.kill('SIGTERM'), Promise.race([service.ended, Promise.resolve(stillThere)]))
    await expect.poll(ended, { timeout: 15_000 }).toBe(70)
  })
})

const unnamedKeyFile =
  /^chancery: .*(backup|restored) was made with a key file.* \(at .*\/key, got no such file\)\n.*--key-file/

/** Made by the service, outside the data directory. */
function keyFile(): string {
  const [found = ''] = globSync('.config/chancery/chancery-data-*/key', { cwd: folder })
  return join(folder, found)
}
