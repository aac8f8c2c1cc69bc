/** The SDK of Chancery, a self-hosted signing service. */
export { createClient } from './client.ts'
export type { Client, ClientOptions, Once, Page, TransactionFilter, Versioned, WaitOptions } from './client.ts'
export { ChanceryError } from './errors.ts'
export type { ErrorParticulars } from './errors.ts'
export type { Fetch, Transport, TransportReply, TransportRequest } from './transport.ts'
export { viemAccount } from './viem.ts'
export type { ViemAccount } from './viem.ts'
export type * from './types.ts'
