/** A validator's exit, by the Keymanager API: judged by the caller's own rights and recorded like any signature. */
import { isHex, type Hex } from '../base/bytes.ts'
import type { Call } from '../core/call.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import { publicKeyNamed } from './find.ts'
import type { ValidatorRooms } from './rooms.ts'
import { epochAt, timingOf } from './timing.ts'

export interface SignedExit {
  readonly message: { readonly epoch: string; readonly validator_index: string }
  readonly signature: Hex
}

export async function voluntaryExit(
  rooms: ValidatorRooms,
  name: string,
  exit: { readonly epoch?: bigint; readonly validatorIndex?: bigint },
  call: Call,
): Promise<SignedExit> {
  const publicKey = publicKeyNamed(rooms, name, 'pubkey')
  const key = rooms.state.current().findKey(publicKey)
  if (key === undefined || !rooms.holdsGrantOn(call.principal, key.id)) throw keyNotFound()
  const { network, ...timing } = timingOf(rooms, key.network)
  rooms.requirePermit(call.principal, 'sign:voluntary-exit', { key: key.id, network })
  const clock = epochAt({ network, ...timing }, rooms.clock.now())
  const now = clock < 0n ? 0n : clock
  const epoch = exit.epoch ?? now
  const validatorIndex = exit.validatorIndex ?? (await indexOf(rooms, network, publicKey, call))
  const value = rooms.exitValue(network, { epoch, validatorIndex, now })
  if (value === undefined) {
    const hint = 'Name the forks of the network in the configuration: an exit is signed for one of them'
    throw new Refused('not-configured', `The forks of ${network} are not configured`, { hint })
  }
  const { signed } = await rooms.signing.sign({ key: key.id, operation: 'sign:voluntary-exit', network, value }, call)
  const signature = signed.result['signature']
  if (!isHex(signature, 96)) throw new Failed('internal', 'The exit was signed, and its signature is none')
  return { message: { epoch: String(epoch), validator_index: String(validatorIndex) }, signature }
}

/** Only the chain knows it: the path of the API has the public key alone. */
async function indexOf(
  { validatorIndex }: ValidatorRooms,
  network: `${string}:${string}`,
  publicKey: Hex,
  { deadline }: Call,
): Promise<bigint> {
  const index = await validatorIndex?.(network, publicKey, deadline)
  if (index !== undefined) return index
  const detail =
    validatorIndex === undefined
      ? 'An exit names the validator by its index, which only the chain knows, and no beacon node is configured'
      : 'The beacon node knows no validator by this public key'
  throw new Refused('not-configured', detail, {
    where: 'validator_index',
    hint: 'Give it with the request: ?validator_index=123456',
  })
}
