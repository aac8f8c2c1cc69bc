/** One duty of many keys arrives as one object, asked about once for each key: it is read and hashed for the first. */
import type { SignRequestBody } from '../../core/chain.ts'
import type { ConsensusIntent } from './intent.ts'

type Parse = (request: SignRequestBody) => ConsensusIntent

/** Remembers the last intent only: the keys of a request are asked about one after the other. */
export function parseOnce(parse: Parse): Parse {
  let last: { readonly request: SignRequestBody; readonly intent: ConsensusIntent } | undefined
  return (request) => {
    if (last !== undefined && isSame(last.request, request)) return last.intent
    const intent = parse(request)
    last = isOfAnyKey(request, intent) ? { request, intent } : undefined
    return intent
  }
}

function isSame(a: SignRequestBody, b: SignRequestBody): boolean {
  return a.value === b.value && a.operation === b.operation && a.network === b.network
}

/** What names a key says something else for every other. */
function isOfAnyKey({ value }: SignRequestBody, intent: ConsensusIntent): boolean {
  return typeof value === 'object' && intent.kind === 'duty' && intent.duty.ofAnyKey === true
}
