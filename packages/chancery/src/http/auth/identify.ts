/** How a listener finds out who is calling. One way a listener: no request chooses. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Principal } from '../../core/access.ts'

export interface Caller {
  readonly headers: IncomingHttpHeaders
  /** Where the request comes from, as the listener trusts it. */
  readonly address: string
  /** `1.1`, or what else it says. */
  readonly version: string
  /** The connection it came on. */
  readonly socket: Socket
  /** The API key in its path, on the routes of validator clients. */
  readonly token?: string
  /** Whether it asks what validator clients ask, which bring no API key. */
  readonly validators: boolean
}

/** @throws Refused `unauthenticated` */
export type Identify = (caller: Caller) => Promise<Principal>
