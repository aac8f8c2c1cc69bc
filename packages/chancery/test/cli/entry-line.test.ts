import { expect, test } from 'vitest'
import { entryLine } from '../../src/cli/entry-line.ts'

const place = { stream: 'str_1', seq: 4, index: 2, time: '2026-11-20T10:00:00.000Z', leaf: '0x00' } as const
const lineOf = (body: object) => entryLine({ ...place, body: JSON.stringify(body) })
const start = '2026-11-20T10:00:00.000Z  str_1/4/2  '

test.each([
  [
    'an attempt',
    {
      kind: 'attempt',
      id: 'att_1',
      client: 'cli_1',
      key: 'key_1',
      network: 'eip155:1',
      operation: 'sign:transaction',
      summary: { chainId: '1', data: null, to: '0x01', type: 2, value: '5' },
      payloads: ['0x11'],
      guards: [],
    },
    'attempt  cli_1  key_1  sign:transaction eip155:1 att_1 to=0x01 value=5 chainId=1 type=2',
  ],
  [
    'what became of it',
    { kind: 'outcome', attempt: 'att_1', signatures: [{ hash: '0x11' }] },
    'outcome  -  -  att_1 signed',
  ],
  [
    'what did not become of it',
    { kind: 'outcome', attempt: 'att_1', error: 'backend-failed' },
    'outcome  -  -  att_1 backend-failed',
  ],
  [
    'a refusal',
    {
      kind: 'refused',
      client: 'cli_1',
      key: 'key_1',
      operation: 'sign:message',
      code: 'denied',
      checks: [
        { name: 'networks', ok: true, got: 'eip155:1', allowed: 'eip155:1' },
        { name: 'operations', ok: false, got: 'sign:message', allowed: 'sign:transaction' },
      ],
    },
    'refused  cli_1  key_1  sign:message denied operations: got sign:message;',
  ],
  [
    'a change',
    { kind: 'change', actor: 'operator', action: 'rules.put', about: { key: 'key_1', version: 3 }, puts: [] },
    'change  operator  key_1  rules.put version=3',
  ],
  [
    'an accepted gap',
    { kind: 'gap-accepted', actor: 'operator', reason: 'a disk was lost', behind: '…' },
    'gap-accepted  operator  -  a disk was lost',
  ],
])('%s', (_, body, line) => {
  expect(lineOf(body)).toBe(start + line)
})

test('what is long is cut, so that a line stays a line', () => {
  const line = lineOf({ kind: 'attempt', client: 'cli_1', key: 'key_1', summary: { data: `0x${'00'.repeat(5_000)}` } })
  expect(line).toMatch(/0…$/)
  expect(line.length).toBeLessThan(260)
})

test('characters that would act on a terminal are shown as what they are', () => {
  const line = lineOf({ kind: 'change', actor: 'operator', about: { name: 'a\u001b[2J\u202e\n\u2028b' } })
  expect(line).toContain('name=a\\u{1b}[2J\\u{202e}\\u{a}\\u{2028}b')
})
