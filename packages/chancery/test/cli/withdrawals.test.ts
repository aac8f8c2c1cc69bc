/** What a command says of a payment: its exit status, and the key under which it is the same one again. */
import { ChanceryError, type Withdrawal } from '@chancery/client'
import { describe, expect, test } from 'vitest'
import type { Given, Terminal } from '../../src/cli/command.ts'
import { freshKey, keyOfChild, keyOfMerge, keyOfPayment, once } from '../../src/cli/withdrawals/once.ts'
import { told, type Wait } from '../../src/cli/withdrawals/waiting.ts'
import { transactionIdExample } from '../../src/http/routes/examples.ts'
import { withdrawalExample } from '../../src/http/routes/withdrawals.ts'

function terminalOf() {
  const notes: string[] = []
  const out: string[] = []
  const terminal: Terminal = {
    env: {},
    cwd: '/nowhere',
    interactive: false,
    out: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    ask: () => Promise.reject(new Error('nobody is asked')),
    askHidden: () => Promise.reject(new Error('nobody is asked')),
    stdin: async () => '',
  }
  return { terminal, notes, out }
}

const given: Given = { words: [], text: () => undefined, texts: () => [], has: () => false }
const at = (state: Withdrawal['state'], details: Withdrawal['transaction']['details'] = {}): Withdrawal => ({
  ...withdrawalExample,
  state,
  transaction: { ...withdrawalExample.transaction, state, details },
})

describe('the exit status', () => {
  const until = (goal: Wait['until']): Wait => ({ seconds: 30, until: goal })

  test.each([
    ['accepted', undefined, 0],
    ['failed', undefined, 1],
    ['failed', until('broadcast'), 1],
    ['signed', until('broadcast'), 1],
    ['broadcast', until('broadcast'), 0],
    ['broadcast', until('mined'), 1],
    ['mined', until('broadcast'), 0],
    ['mined', until('final'), 1],
    ['final', until('mined'), 0],
  ] as const)('of what is %s, waiting for %j, is %i', (state, wait, status) => {
    const { terminal, notes } = terminalOf()
    expect(told(given, terminal, at(state), wait)).toBe(status)
    expect(notes).toHaveLength(status)
  })

  test('comes with why it failed, and nothing in that moves the cursor', () => {
    const { terminal, out, notes } = terminalOf()
    told(given, terminal, at('failed', { error: { code: 'node-refused', detail: 'no\u001b[2J room' } }), undefined)
    expect(out.join()).toMatch(/^because +no\\u\{1b\}\[2J room$/m)
    expect(notes.join()).toContain('give another --key')
  })

  test('comes with the command that goes on waiting', () => {
    const { terminal, notes } = terminalOf()
    told(given, terminal, at('signed'), until('mined'))
    expect(notes.join()).toContain(`chancery withdrawals show ${transactionIdExample} --wait 10m --until mined`)
  })
})

describe('a key that nobody gave', () => {
  const payment = { wallet: 'wal_1', to: '0xAb', amount: '5' }

  test('is that of the payment, however its address is written', () => {
    const { key } = keyOfPayment(payment)
    expect(key).toMatch(/^pay-[0-9a-f]{32}$/)
    expect(keyOfPayment({ ...payment, to: '0xab' }).key).toBe(key)
    const others = [{ wallet: 'wal_2' }, { to: '0xac' }, { amount: '50' }].map((one) =>
      keyOfPayment({ ...payment, ...one }),
    )
    expect(new Set([key, ...others.map((one) => one.key)]).size).toBe(4)
  })

  test('is that of the parent, and that of the wallet and the day', () => {
    const names = [
      keyOfChild('txn_1'),
      keyOfChild('txn_2'),
      keyOfMerge('wal_1', '2026-11-22'),
      keyOfMerge('wal_1', '2026-11-23'),
    ]
    expect(new Set(names.map(({ key }) => key)).size).toBe(4)
    expect(keyOfChild('txn_1')).toEqual(names[0])
    expect(keyOfMerge('wal_1', '2026-11-22')).toEqual(names[2])
  })

  test('is a new one for a sweep, and said before it is asked', async () => {
    const { terminal, notes } = terminalOf()
    const [one, other] = [freshKey(), freshKey()]
    expect(one.key).not.toBe(other.key)
    await once(terminal, one, async ({ idempotencyKey }) => {
      expect([idempotencyKey, notes.join()]).toEqual([one.key, expect.stringContaining(`--key ${one.key}`)])
      return at('accepted')
    })
  })
})

describe('a refusal', () => {
  const refused = async (error: Error) => {
    const { terminal, notes } = terminalOf()
    const named = keyOfPayment({ wallet: 'wal_1', to: '0xab', amount: '5' })
    await expect(once(terminal, named, () => Promise.reject(error))).rejects.toBe(error)
    return notes.join().replaceAll(named.key, 'KEY')
  }
  const doubt = 'Whether it was accepted is not known: repeat it with --key KEY'

  test.each([
    ['unreachable', 0, doubt],
    ['unreadable', 200, doubt],
    ['in-doubt', 503, doubt],
    ['internal', 500, doubt],
    ['denied', 403, ''],
    ['insufficient-funds', 422, ''],
  ])('%s (%i) says %j', async (code, status, note) => {
    expect(await refused(new ChanceryError(code, status, 'why'))).toBe(note)
  })

  test('of what is wanted in other words says where to look', async () => {
    expect(await refused(new ChanceryError('idempotency-conflict', 409, 'why'))).toMatch(
      /withdrawals list wal_1\. .* --key$/,
    )
  })
})
