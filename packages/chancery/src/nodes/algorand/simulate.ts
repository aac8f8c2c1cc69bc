/** What a group would do, by the node's own evaluation. https://developer.algorand.org/docs/rest-apis/algod/#post-v2transactionssimulate */
import { concat, utf8 } from '../../base/bytes.ts'
import type { Simulation } from '../../core/node.ts'
import { cleaned } from '../../endpoints/http.ts'
import type { Ask } from './rest.ts'
import { list, member, unbelievable, type Wire } from './wire.ts'

export async function simulate(group: readonly Uint8Array[], ask: Ask): Promise<Simulation> {
  const body = { type: 'application/msgpack', bytes: request(group) }
  const { value, words } = await ask({ name: 'simulate', path: '/v2/transactions/simulate?format=json', body })
  if (words !== '') return { would: false, words, inner: 0 }
  const [one, ...more] = list(member(value, 'txn-groups'), 'simulation')
  const results = list(member(one, 'txn-results'), 'simulation')
  const failure = member(one, 'failure-message')
  const failed = typeof failure === 'string' && failure !== ''
  // A group that fails may be answered up to where it failed.
  if (
    one === undefined ||
    more.length > 0 ||
    results.length > group.length ||
    (!failed && results.length < group.length)
  )
    throw unbelievable('simulation', `${results.length} transactions`, `${group.length}`)
  const inner = results.reduce((sum: number, result) => sum + innerOf(member(result, 'txn-result')), 0)
  return failed ? { would: false, words: cleaned(failure), inner } : { would: true, inner }
}

function innerOf(result: Wire | undefined): number {
  const inner = list(member(result, 'inner-txns'), 'inner transactions')
  return inner.reduce((sum: number, one) => sum + 1 + innerOf(one), 0)
}

/**
 * The request in MessagePack, where a signed transaction is a value as it stands: an array of them is its head and their
 * bytes. In JSON each would have to be taken apart.
 */
function request(group: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(
    Uint8Array.of(0x83),
    key('allow-empty-signatures'),
    yes,
    key('fix-signers'),
    yes,
    key('txn-groups'),
    Uint8Array.of(0x91, 0x81),
    key('txns'),
    arrayOf(group.length),
    ...group,
  )
}

const yes = Uint8Array.of(0xc3)

/** A string of up to 31 bytes. https://github.com/msgpack/msgpack/blob/master/spec.md */
function key(name: string): Uint8Array {
  return concat(Uint8Array.of(0xa0 | name.length), utf8(name))
}

function arrayOf(length: number): Uint8Array {
  return length < 16 ? Uint8Array.of(0x90 | length) : Uint8Array.of(0xdc, length >> 8, length & 0xff)
}
