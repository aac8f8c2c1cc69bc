import { request as httpRequest } from 'node:http'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import type { RunningEmulator } from '../src/index.ts'
import { canonicalRequest, signature } from '../src/sigv4/canonical.ts'
import { kmsClient, recordExchanges, refusal, start } from './clients.ts'

interface Sent {
  readonly headers: Record<string, string>
  readonly body: string
  readonly method?: string
  readonly path?: string
}

/** Sends exactly these headers and bytes. */
function send(emulator: RunningEmulator, sent: Sent): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path = '/', headers } = sent
    const request = httpRequest({ host: '127.0.0.1', port: emulator.port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const type = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode ?? 0, type, body: Buffer.concat(chunks).toString() })
      })
    })
    request.on('error', reject)
    request.end(sent.body)
  })
}

/** A ListKeys request as the real SDK signed it. */
async function signedRequest(emulator: RunningEmulator): Promise<Sent> {
  const client = kmsClient(emulator)
  const exchanges = recordExchanges(client)
  await client.send(new ListKeysCommand({}))
  const recorded = exchanges[0]?.request
  if (recorded === undefined) throw new Error('Nothing was sent')
  return recorded
}

async function answerTo(change: (sent: Sent) => Sent): Promise<{ status: number; code: string; message: string }> {
  const emulator = await start()
  const { status, body } = await send(emulator, change(await signedRequest(emulator)))
  const { __type: code = 'ok', message = '' } = JSON.parse(body) as { __type?: string; message?: string }
  return { status, code, message }
}

const withHeader = (name: string, value: string) => (sent: Sent) => ({
  ...sent,
  headers: { ...sent.headers, [name]: value },
})

function withoutAuthorization(sent: Sent): Sent {
  const headers = Object.entries(sent.headers).filter(([name]) => name !== 'authorization')
  return { ...sent, headers: Object.fromEntries(headers) }
}

const editAuthorization = (from: RegExp, to: string) => (sent: Sent) =>
  withHeader('authorization', (sent.headers['authorization'] ?? '').replace(from, to))(sent)

/** Signs again with another time, as a client whose clock is off does. */
function signedAt(emulator: RunningEmulator, sent: Sent, ms: number): Sent {
  const timestamp = new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = { date: timestamp.slice(0, 8), region: 'us-east-1', service: 'kms' }
  const headers = { ...sent.headers, 'x-amz-date': timestamp }
  const names = /SignedHeaders=([^,]+)/.exec(sent.headers['authorization'] ?? '')?.[1]?.split(';') ?? []
  const canonical = canonicalRequest({ method: 'POST', target: '/', headers, body: Buffer.from(sent.body) }, names)
  const value = signature(emulator.credentials.secretAccessKey, timestamp, scope, canonical)
  const credential = `${emulator.credentials.accessKeyId}/${scope.date}/us-east-1/kms/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${value}`
  return { ...sent, headers: { ...headers, authorization } }
}

const MISMATCH = /^The request signature we calculated does not match the signature you provided\./

// AWS IAM user guide, "Signature Version 4 test suite", case get-vanilla-query-order-key-case.
it('computes the signature of the published test suite', () => {
  const headers = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' }
  const target = '/?Param2=value2&Param1=value1'
  const canonical = canonicalRequest({ method: 'GET', target, headers, body: Buffer.alloc(0) }, ['host', 'x-amz-date'])
  const scope = { date: '20150830', region: 'us-east-1', service: 'service' }
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
  expect(signature(secret, '20150830T123600Z', scope, canonical)).toBe(
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  )
})

it('accepts the same signed bytes again within five minutes', async () => {
  expect(await answerTo((sent) => sent)).toMatchObject({ status: 200, code: 'ok' })
})

describe('refuses', () => {
  it.each([
    ['a changed body', (sent: Sent) => ({ ...sent, body: '{ }', headers: { ...sent.headers, 'content-length': '3' } })],
    ['a changed signed header', withHeader('x-amz-target', 'TrentService.ListAliases')],
    ['a changed signature', editAuthorization(/Signature=./, 'Signature=g')],
    ['a shortened signature', editAuthorization(/.$/, '')],
  ])('%s', async (_, change) => {
    const answer = await answerTo(change)
    expect(answer).toMatchObject({ status: 400, code: 'InvalidSignatureException' })
    expect(answer.message).toMatch(MISMATCH)
  })

  it.each([
    [
      'a region the emulator does not serve',
      /us-east-1/,
      'eu-north-1',
      "Credential should be scoped to a valid region, not 'eu-north-1'.",
    ],
    ['another service', /\/kms\//, '/ssm/', "Credential should be scoped to correct service: 'kms'."],
    [
      'another terminator',
      /aws4_request/,
      'aws5',
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
    ],
    ['an unsigned host', /host;/, '', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."],
  ])('%s', async (_, from, to, message) => {
    expect(await answerTo(editAuthorization(from, to))).toEqual({
      status: 400,
      code: 'InvalidSignatureException',
      message,
    })
  })

  it('a scope of another day', async () => {
    const answer = await answerTo(editAuthorization(/\/\d{8}\//, '/20200101/'))
    expect(answer.message).toMatch(
      /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP/,
    )
  })

  it.each([
    ['five minutes and a second old', -301_000, /^Signature expired: \S+ is now earlier than \S+ \(\S+ - 5 min\.\)$/],
    [
      'five minutes and two seconds early',
      302_000,
      /^Signature not yet current: \S+ is still later than \S+ \(\S+ \+ 5 min\.\)$/,
    ],
  ])('a request %s', async (_, offset, text) => {
    const emulator = await start()
    const sent = await signedRequest(emulator)
    const { body } = await send(emulator, signedAt(emulator, sent, Date.now() + offset))
    const { __type, message } = JSON.parse(body) as { __type: string; message: string }
    expect(__type).toBe('InvalidSignatureException')
    expect(message).toMatch(text)
  })

  it('nothing of four minutes of skew', async () => {
    const emulator = await start()
    const sent = await signedRequest(emulator)
    expect((await send(emulator, signedAt(emulator, sent, Date.now() - 240_000))).status).toBe(200)
  })

  it('an absent and an incomplete authorization', async () => {
    const absent = await answerTo(withoutAuthorization)
    expect(absent).toEqual({
      status: 400,
      code: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    })
    const incomplete = await answerTo(editAuthorization(/, Signature=.*/, ''))
    expect(incomplete).toMatchObject({ code: 'IncompleteSignatureException' })
    expect(incomplete.message).toMatch(/^Authorization header requires 'Signature' parameter\./)
  })

  it('an unknown access key and a wrong secret', async () => {
    const emulator = await start()
    const ask = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
      refusal(kmsClient(emulator, { credentials }).send(new ListKeysCommand({})))
    expect(await ask({ accessKeyId: 'NOBODYNOBODYNOBODY', secretAccessKey: 'x' })).toMatchObject({
      name: 'UnrecognizedClientException',
      status: 400,
    })
    expect(await ask({ ...emulator.credentials, secretAccessKey: 'x' })).toMatchObject({
      name: 'InvalidSignatureException',
    })
    expect(emulator.calls.map((call) => call.result)).toEqual([
      'UnrecognizedClientException',
      'InvalidSignatureException',
    ])
  })
})

describe('what is no operation', () => {
  it('answers UnknownOperationException for an unknown target', async () => {
    const emulator = await start()
    const sent = await signedRequest(emulator)
    const target = (value: string) => send(emulator, withHeader('x-amz-target', value)(sent))
    const other = await target('OtherService.ListKeys')
    expect(other).toMatchObject({ status: 400, body: '{"__type":"UnknownOperationException"}' })
  })

  it('answers UnknownOperationException for an unknown operation that is signed', async () => {
    const emulator = await start()
    const client = kmsClient(emulator)
    client.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as { request: { headers: Record<string, string> } }
        request.headers['x-amz-target'] = 'TrentService.constructor'
        return next(args)
      },
      { step: 'build', name: 'other-target' },
    )
    expect((await refusal(client.send(new ListKeysCommand({})))).name).toBe('UnknownOperationException')
  })

  it('answers 404 and 415 to what is not one of the protocols', async () => {
    const emulator = await start()
    const sent = await signedRequest(emulator)
    const get = await send(emulator, { headers: {}, body: '', method: 'GET' })
    expect(get).toMatchObject({ status: 404, body: '<UnknownOperationException/>\n' })
    expect((await send(emulator, { ...sent, path: '/other' })).status).toBe(404)
    expect((await send(emulator, withHeader('content-type', 'text/plain')(sent))).status).toBe(415)
  })

  it('answers SerializationException to what is not JSON', async () => {
    const emulator = await start()
    const client = kmsClient(emulator)
    client.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as { request: { body: string; headers: Record<string, string> } }
        request.body = '{"Limit": "ten"}'
        request.headers['content-length'] = String(request.body.length)
        return next(args)
      },
      { step: 'build', name: 'other-body' },
    )
    expect((await refusal(client.send(new ListKeysCommand({})))).name).toBe('SerializationException')
  })
})

it('shows a skewed clock in its Date as well, by which the SDK corrects itself', async () => {
  const emulator = await start()
  emulator.faults.add({ kind: 'clock-skew', ms: 600_000 })
  await kmsClient(emulator, { maxAttempts: 2 }).send(new ListKeysCommand({}))
  expect(emulator.calls.map((call) => call.result)).toEqual(['InvalidSignatureException', 'ok'])
})
