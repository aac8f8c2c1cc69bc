import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as kms from '@aws-sdk/client-kms'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type CallEntry, DEFAULT_CREDENTIALS, startEmulator } from '../src/index.ts'
import { kmsClient, refusal, ssmClient, start } from './clients.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'aws-emulator-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

describe('startEmulator', () => {
  it.each(['0.0.0.0', '192.168.0.1', '::', 'example.com'])('refuses to listen on %s', async (host) => {
    await expect(startEmulator({ host })).rejects.toThrow(RangeError)
  })

  it('keeps its state in a file, over a restart', async () => {
    const stateFile = join(folder(), 'state.json')
    const first = await startEmulator({ stateFile })
    const ecc = { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' } as const
    const { KeyMetadata } = await kmsClient(first).send(new kms.CreateKeyCommand(ecc))
    const KeyId = KeyMetadata?.KeyId
    await kmsClient(first).send(new kms.CreateAliasCommand({ AliasName: 'alias/kept', TargetKeyId: KeyId }))
    await ssmClient(first).send(new PutParameterCommand({ Name: '/kept', Value: 'v', Type: 'SecureString' }))
    const before = await kmsClient(first).send(new kms.GetPublicKeyCommand({ KeyId: 'alias/kept' }))
    await first.close()
    const second = await start({ stateFile })
    const after = await kmsClient(second).send(new kms.GetPublicKeyCommand({ KeyId: 'alias/kept' }))
    expect(after.PublicKey).toEqual(before.PublicKey)
    const kept = await ssmClient(second).send(new GetParameterCommand({ Name: '/kept', WithDecryption: true }))
    expect(kept.Parameter?.Value).toBe('v')
  })

  it('refuses a state file that is none', async () => {
    const stateFile = join(folder(), 'state.json')
    writeFileSync(stateFile, '{}')
    await expect(startEmulator({ stateFile })).rejects.toThrow(/not an emulator state/)
  })

  it('logs every call to a file, one JSON object a line', async () => {
    const logFile = join(folder(), 'calls.jsonl')
    const emulator = await start({ logFile })
    await kmsClient(emulator).send(new kms.CreateKeyCommand({}))
    await refusal(kmsClient(emulator).send(new kms.DescribeKeyCommand({ KeyId: 'nothing' })))
    const lines = readFileSync(logFile, 'utf8').trim().split('\n')
    const entries = lines.map((line) => JSON.parse(line) as CallEntry)
    expect(entries.map(({ seq, operation, result }) => [seq, operation, result])).toEqual([
      [1, 'CreateKey', 'ok'],
      [2, 'DescribeKey', 'NotFoundException'],
    ])
  })
})

describe('quotas', () => {
  it('throttle what comes too fast, per second and shared over keys', async () => {
    const emulator = await start({ quotas: { CryptographicEcc: 3 } })
    const client = kmsClient(emulator)
    const ecc = { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' } as const
    const ids = await Promise.all(
      [1, 2].map(async () => (await client.send(new kms.CreateKeyCommand(ecc))).KeyMetadata?.Arn),
    )
    const sent = { Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const sign = (n: number) => client.send(new kms.SignCommand({ ...sent, KeyId: ids[n % 2] }))
    const results: string[] = []
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    for (let n = 0; n < 5; n++)
      results.push(
        await sign(n).then(
          () => 'ok',
          (error: Error) => error.name,
        ),
      )
    expect(results).toEqual(['ok', 'ok', 'ok', 'ThrottlingException', 'ThrottlingException'])
    vi.setSystemTime(Date.now() + 1000)
    await sign(0)
    emulator.setQuotas({ ParameterReads: 0 })
    const read = ssmClient(emulator).send(new GetParameterCommand({ Name: '/a' }))
    expect((await refusal(read)).name).toBe('ThrottlingException')
    for (let n = 0; n < 5; n++) await sign(n)
  })
})

describe('the control surface', () => {
  async function asked() {
    const emulator = await start()
    const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      const response = await fetch(`${emulator.url}/_emulator/${path}`, init)
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    return { emulator, ask, client: kmsClient(emulator) }
  }

  it('sets, lists and clears faults', async () => {
    const { ask, client } = await asked()
    const { body } = await ask('POST', 'faults', [
      { kind: 'throttle', operation: 'ListKeys' },
      { kind: 'truncate', key: 'x' },
    ])
    expect(body).toEqual({ ids: ['fault-1', 'fault-2'] })
    expect((await refusal(client.send(new kms.ListKeysCommand({})))).name).toBe('ThrottlingException')
    await ask('DELETE', 'faults/fault-2')
    expect((await ask('GET', 'faults')).body).toMatchObject({ faults: [{ id: 'fault-1', kind: 'throttle', fired: 1 }] })
    await ask('DELETE', 'faults')
    await client.send(new kms.ListKeysCommand({}))
  })

  it('shows the calls since one', async () => {
    const { ask, client } = await asked()
    await client.send(new kms.ListKeysCommand({}))
    await client.send(new kms.ListAliasesCommand({}))
    expect((await ask('GET', 'calls?since=1')).body).toMatchObject({ calls: [{ seq: 2, operation: 'ListAliases' }] })
    await ask('DELETE', 'calls')
    expect((await ask('GET', 'calls')).body).toEqual({ calls: [] })
  })

  it('moves the clock, sets quotas and adds access keys', async () => {
    const { emulator, ask, client } = await asked()
    const { KeyMetadata } = await client.send(new kms.CreateKeyCommand({}))
    await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 }))
    await ask('POST', 'clock', { advanceMs: 7 * 86_400_000 })
    expect((await client.send(new kms.ListKeysCommand({}))).Keys).toEqual([])
    await ask('PUT', 'quotas', { quotas: { ListKeys: 0 } })
    expect((await refusal(client.send(new kms.ListKeysCommand({})))).name).toBe('ThrottlingException')
    await ask('PUT', 'quotas', { quotas: null })
    const credentials = { accessKeyId: 'ANOTHERANOTHERANOTHER', secretAccessKey: 's' }
    await ask('POST', 'identities', credentials)
    await kmsClient(emulator, { credentials }).send(new kms.ListKeysCommand({}))
  })

  it.each([
    [{ kind: 'thottle' }, /^kind: got thottle/],
    [{ kind: 'latency' }, /^ms: wanted/],
    [{ kind: 'throttle', operations: 'Sign' }, /^operations: not a member/],
    [{ kind: 'throttle', count: '3' }, /^count: got "3", wanted a number/],
    [{ kind: 'hang', stage: 'during' }, /^stage: got "during"/],
    ['throttle', /must be an object/],
  ])('refuses the fault %j', async (rule, text) => {
    const { ask } = await asked()
    const { status, body } = await ask('POST', 'faults', rule)
    expect(status).toBe(400)
    expect(body['error']).toMatch(text)
  })

  it('is closed to web pages', async () => {
    const { ask } = await asked()
    expect((await ask('DELETE', 'faults', undefined, { origin: 'https://example.com' })).status).toBe(403)
  })
})

describe('the command', () => {
  const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

  function run(...flags: string[]) {
    const child = spawn(process.execPath, [bin, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const line = new Promise<string>((resolve) =>
      child.stdout.on('data', () => output.includes('\n') && resolve(output)),
    )
    return { child, ended, line, output: () => output }
  }

  it('prints one ready line, serves, and stops on SIGTERM', async () => {
    const { child, line, ended } = run('--port', '0', '--json', '--region', 'eu-west-1')
    const ready = JSON.parse(await line) as { url: string; region: string }
    expect(ready).toMatchObject({ ready: true, region: 'eu-west-1', ...DEFAULT_CREDENTIALS })
    const client = new kms.KMSClient({ endpoint: ready.url, region: ready.region, credentials: DEFAULT_CREDENTIALS })
    expect((await client.send(new kms.ListKeysCommand({}))).Keys).toEqual([])
    client.destroy()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('says how to point the AWS CLI at it', async () => {
    const { line } = run('--port', '0')
    expect(await line).toMatch(
      /^ready: http:\/\/127\.0\.0\.1:\d+ {2}\(export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+ /,
    )
  })

  it.each([
    [['--host', '0.0.0.0'], /host: got 0\.0\.0\.0, wanted a loopback address/],
    [['--port', 'x'], /--port: got x, wanted 0 to 65535/],
    [['--nonsense'], /Unknown option '--nonsense'/],
  ])('refuses %j', async (flags, text) => {
    const { ended, output } = run(...flags)
    expect(await ended).toBe(1)
    expect(output()).toMatch(text)
  })

  it('explains itself', async () => {
    const { ended, output } = run('--help')
    expect(await ended).toBe(0)
    expect(output()).toContain('Examples:')
  })
})
