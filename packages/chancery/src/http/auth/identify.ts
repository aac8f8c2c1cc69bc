/** How a listener finds out who is calling. One way a listener: no request chooses. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../../core/access.ts'

export interface Caller {
  readonly headers: IncomingHttpHeaders
  /** Where the request comes from, as the listener trusts it. */
  readonly address: string
}

/** @throws Refused `unauthenticated` */
export type Identify = (caller: Caller) => Promise<Principal>
