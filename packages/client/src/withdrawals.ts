/** What wallets pay. */
import { at, once, type Once, type Page, type Send } from './call.ts'
import type * as t from './types.ts'
import { waitFor, type Waiting, type WaitOptions } from './wait.ts'

export interface WithdrawalFilter extends Page {
  readonly wallet: string
  readonly state?: t.Withdrawal['state']
}

export interface PayOptions extends Once {
  /** Seconds, 1 to 60: how long the answer may take to come with how far it got. It is accepted in any case. */
  readonly wait?: number
  /** What is waited for, `final` unless given. */
  readonly until?: WaitOptions['until']
}

export function withdrawals(send: Send) {
  const get = async (id: string, query: Partial<Waiting> = {}, seconds = 0) =>
    (await send<t.Withdrawal>({ method: 'GET', path: at`/v1/withdrawals/${id}`, query: { ...query }, seconds })).body
  const pay = async (path: string, body: object, { wait, until, ...options }: PayOptions) => {
    const query = wait === undefined ? {} : { wait: `${wait}s`, until }
    const seconds = 20 + (wait ?? 0)
    return (await send<t.Withdrawal>({ method: 'POST', path, query, body, seconds, ...once(options) })).body
  }
  return {
    /** Accepted durably when it resolves. Sent again under the same `idempotencyKey` it pays nobody twice. */
    create: (request: t.Withdraw, options: PayOptions & Required<Once>) => pay('/v1/withdrawals', request, options),
    /** The same is paid, for a higher fee, while it is in no block. */
    raiseFee: (id: string, request: t.RaiseFee) => pay(at`/v1/withdrawals/${id}/raise-fee`, request, {}),
    /** A withdrawal of its own, to the wallet itself, whose fee is enough for both. */
    payForParent: (id: string, request: t.RaiseFee, options: Once = {}) =>
      pay(at`/v1/withdrawals/${id}/pay-for-parent`, request, options),
    /** All coins of a wallet made one. */
    consolidate: (wallet: string, request: t.Consolidate = {}, options: Once = {}) =>
      pay(at`/v1/wallets/${wallet}/consolidate`, request, options),
    get: (id: string) => get(id),
    /** Resolves when it has got that far or has failed, or the time has passed; the state says which. */
    wait: (id: string, options: WaitOptions = {}) => waitFor((query, seconds) => get(id, query, seconds), options),
    list: async (filter: WithdrawalFilter) =>
      (await send<t.WithdrawalPage>({ method: 'GET', path: '/v1/withdrawals', query: { ...filter } })).body,
    /** Everything a wallet holds of an asset, to the treasury. */
    sweep: (request: t.Sweep, options: PayOptions = {}) => pay('/v1/sweeps', request, options),
  }
}
