/** What the HTTP edge is told from outside, and what it does when it is told nothing. */
import type { Clock } from '../base/clock.ts'
import type { Principal } from '../core/access.ts'
import type { Tls } from './tls.ts'

export interface HttpOptions {
  readonly clock: Clock
  /** The one way callers prove themselves on this listener. */
  readonly auth: ListenerAuth
  /** Shown in the reference. */
  readonly version: string
  /** Host names allowed beside localhost, 127.0.0.1 and [::1]; without a port. */
  readonly hosts?: readonly string[]
  /** Origins whose pages may call, such as `https://console.example`. None unless given; `*` is refused. */
  readonly origins?: readonly string[]
  /**
   * `open` for a listener nobody else can reach; `granted` beyond loopback: then metrics and reference want `register:read`
   * or `admin`, and health says no particulars.
   */
  readonly observability: 'open' | 'granted'
  /** Proxies whose X-Forwarded-For is believed: addresses or CIDR ranges. */
  readonly trustedProxies?: readonly string[]
  readonly limits?: Partial<Limits>
  /** The same for the duties of validators. */
  readonly dutyLimits?: Partial<Limits>
  /** Plain HTTP where not given. */
  readonly tls?: Tls
  readonly timeouts?: Partial<Timeouts>
  readonly log?: Log
}

export type ListenerAuth =
  /** `loopback` is whom a validator client on this machine is taken for: given for a listener on loopback only. */
  | { readonly scheme: 'api-key'; readonly loopback?: Principal }
  | { readonly scheme: 'socket'; readonly principal: Principal }

export interface Limits {
  /** Requests a second of one client, and how many at once after a pause. */
  readonly clientRate: number
  readonly clientBurst: number
  /** Requests of one client, and of all, being worked on. */
  readonly clientInFlight: number
  readonly inFlight: number
  /** Bodies above 64 KiB being worked on (blobs: safety rule 22). */
  readonly largeBodies: number
  readonly connections: number
  readonly requestsPerConnection: number
  /** Bytes of all headers of a request. */
  readonly headerBytes: number
}

/** Milliseconds. */
export interface Timeouts {
  /** Until the whole request has arrived. */
  readonly request: number
  readonly headers: number
  /** Idle connections: over 30 s, or clients that reuse one every slot meet it closing. */
  readonly keepAlive: number
  /** How often slow connections are looked for. */
  readonly check: number
}

/** Structured, with no bodies in it. A pino logger fits. */
export interface Log {
  info(fields: object, message: string): void
  /** Duties that were signed: thousands a second, and each is in the register. */
  debug?(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const defaultLimits: Limits = {
  clientRate: 5_000,
  clientBurst: 10_000,
  clientInFlight: 256,
  inFlight: 1_024,
  largeBodies: 2,
  connections: 4_096,
  requestsPerConnection: 0,
  headerBytes: 16_384,
}

/**
 * A validator client of 10,000 keys asks for all of a slot's signatures at once: its requests wait here, in the order of
 * the queue of the signers, and are not turned away. What bounds them is `connections`.
 */
export const dutyLimits: Limits = {
  ...defaultLimits,
  clientRate: 50_000,
  clientBurst: 100_000,
  clientInFlight: 16_384,
  inFlight: 16_384,
  // A batch for 10,000 keys is 1 MB.
  largeBodies: 32,
}

export const defaultTimeouts: Timeouts = { request: 10_000, headers: 5_000, keepAlive: 75_000, check: 1_000 }

export const mostHeaders = 64
export const smallBody = 64 * 1024
export const largeBody = 4 * 1024 * 1024

const originText = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$|^https?:\/\/\[[0-9a-f:.]+\](?::\d{1,5})?$/

/** @throws RangeError for an origin that is not scheme, host and port, `*` above all. */
export function originsOf(options: HttpOptions): ReadonlySet<string> {
  for (const origin of options.origins ?? []) {
    if (!originText.test(origin)) throw new RangeError(`not an origin such as https://console.example: ${origin}`)
  }
  return new Set(options.origins)
}

export function hostsOf(options: HttpOptions): ReadonlySet<string> {
  return new Set(['localhost', '127.0.0.1', '[::1]', ...(options.hosts ?? []).map((host) => host.toLowerCase())])
}
