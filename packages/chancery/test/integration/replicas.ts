/** Two houses on one PostgreSQL, as two replicas would be: a signer process, a witness and a name each. */
import { systemClock } from '../../src/base/clock.ts'
import type { Grant } from '../../src/core/access.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Call } from '../../src/core/call.ts'
import type { Store } from '../../src/core/store.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { openHouse, removeFolder, type TestHouse, type TestParts } from './house.ts'

export interface Replica extends TestHouse {
  /** As SIGKILL would: from here on nothing of it reaches the store. */
  sever(): void
  /** A request that comes in with an API key. */
  asks(apiKey: string): Promise<Call>
}

export async function openReplica(holder: string, url: string, parts: TestParts = {}): Promise<Replica> {
  const cut = { now: false }
  const store = severable(await openPostgres({ url, poolSize: 6, clock: systemClock }), cut)
  const house = await openHouse({ ...parts, store, holder })
  return {
    ...house,
    sever: () => {
      cut.now = true
    },
    asks: async (secret) => {
      const credential = { scheme: 'api-key', secret, address: '127.0.0.1' } as const
      const principal = await house.authenticator.authenticate(credential)
      return house.as(principal)
    },
    close: async () => {
      await house.close()
      await removeFolder(house)
    },
  }
}

/** What was asked before the cut still happens in the store; its answer is lost, as it is when a process dies. */
function severable(store: Store, cut: { now: boolean }): Store {
  const gone = () => new Failed('store-unavailable', 'This replica is dead')
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function' || name === 'close') return member
      return async (...given: unknown[]) => {
        if (cut.now) throw gone()
        const answer: unknown = await Reflect.apply(member, target, given)
        if (cut.now) throw gone()
        return answer
      }
    },
  })
}

export async function apiKey(house: TestHouse, grants: readonly Grant[], name: string): Promise<string> {
  const { secret } = await house.clients.create({ name, grants }, house.operator())
  return secret
}
