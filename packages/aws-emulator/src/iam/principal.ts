import { iamArn } from '../arn.ts'
import type { SessionRecord, State } from '../state.ts'
import { isPolicy, NOT_A_POLICY, parsePolicy, type PolicyDocument } from './policy.ts'

/** An access key the emulator knows from its start, or was told of at runtime. */
export interface IdentityOptions {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Default: `developer`. */
  readonly userName?: string
  /** Identity policy; absent: everything is allowed. */
  readonly policy?: PolicyDocument
  /** Whether calls with this key count as authenticated with MFA. */
  readonly mfa?: boolean
}

/** Who made a call, with what decides about it. */
export interface Principal {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiresAt?: number
  readonly arn: string
  readonly userId: string
  readonly mfa: boolean
  /** Every one of them must allow; none: everything is allowed. */
  readonly policies: readonly PolicyDocument[]
}

export interface Identities {
  find(accessKeyId: string): Principal | undefined
  /** Adds an access key, or replaces the one of the same id. Throws a TypeError for a policy that is none. */
  set(identity: IdentityOptions): void
}

export function makeIdentities(state: State, initial: readonly IdentityOptions[]): Identities {
  const users = new Map<string, Principal>()
  const set = (identity: IdentityOptions) => users.set(identity.accessKeyId, userPrincipal(identity))
  initial.forEach(set)
  return {
    set: (identity) => void set(identity),
    find: (accessKeyId) => {
      const session = state.sessions.get(accessKeyId)
      return session === undefined ? users.get(accessKeyId) : sessionPrincipal(session)
    },
  }
}

function userPrincipal(identity: IdentityOptions): Principal {
  const { policy } = identity
  if (policy !== undefined && !isPolicy(policy)) throw new TypeError(`policy: ${NOT_A_POLICY}`)
  return {
    accessKeyId: identity.accessKeyId,
    secretAccessKey: identity.secretAccessKey,
    arn: iamArn(`user/${identity.userName ?? 'developer'}`),
    userId: `AIDA${identity.accessKeyId.slice(0, 16)}`,
    mfa: identity.mfa ?? false,
    policies: policy === undefined ? [] : [policy],
  }
}

function sessionPrincipal(session: SessionRecord): Principal {
  return { ...session, policies: session.policies.map(parsePolicy) }
}
