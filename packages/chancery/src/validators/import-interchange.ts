/** What validators signed elsewhere, taken over. */
import { isHex, type Hex } from '../base/bytes.ts'
import type { JsonObject } from '../base/json.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { ProtectionRaise } from '../core/protection.ts'
import type { InterchangeResult } from '../core/validators.ts'
import { publicKeysNamed } from './find.ts'
import type { ValidatorHistory } from './history.ts'
import { readInterchange } from './interchange.ts'
import { minify } from './minify.ts'
import { recordRaises } from './recording.ts'
import type { ValidatorRooms } from './rooms.ts'

export async function importInterchange(
  rooms: ValidatorRooms,
  file: string | JsonObject,
  how: { readonly publicKeys?: readonly string[]; readonly forced?: boolean; readonly sha256?: Hex },
  call: Call,
): Promise<readonly InterchangeResult[]> {
  rooms.requirePermit(call.principal, 'admin', {})
  if (how.sha256 !== undefined && !isHex(how.sha256, 32)) {
    throw new Refused('invalid-request', 'This is no SHA-256', { where: 'sha256', wanted: '0x and 64 hex digits' })
  }
  const publicKeys = how.publicKeys && publicKeysNamed(rooms, how.publicKeys)
  const reading = { ...(how.forced && { forced: true }), ...(publicKeys && { publicKeys }) }
  const { timing, validators, source } = await readInterchange(rooms, file, reading)
  const about = { actor: actorOf(call.principal), reason: 'import', source: how.sha256 ?? source } as const
  const raises = [...raisesOf(validators.values(), timing.genesisValidatorsRoot)]
  const standing = await scopesWithRows(rooms, raises, call)
  const [here, fresh] = [true, false].map((known) => raises.filter(({ scope }) => standing.has(scope) === known))
  await recordRaises(rooms, fresh ?? [], about, call.deadline)
  await recordRaises(rooms, here ?? [], about, call.deadline, true)
  return [...validators].map(([publicKey, histories]) => resultOf(publicKey, histories))
}

async function scopesWithRows({ store }: ValidatorRooms, raises: readonly ProtectionRaise[], { deadline }: Call) {
  const scopes = new Set<string>()
  const most = 1_000
  for (let at = 0; at < raises.length; at += most) {
    const asked = raises.slice(at, at + most).map(({ scope }) => scope)
    for (const { scope } of await store.protection(asked, deadline)) scopes.add(scope)
  }
  return scopes
}

function* raisesOf(
  validators: Iterable<readonly ValidatorHistory[] | Refused>,
  genesisValidatorsRoot: Hex,
): Generator<ProtectionRaise> {
  for (const histories of validators) {
    const raise = histories instanceof Refused ? undefined : minify(histories, genesisValidatorsRoot)
    if (raise !== undefined) yield raise
  }
}

function resultOf(publicKey: string, histories: readonly ValidatorHistory[] | Refused): InterchangeResult {
  if (histories instanceof Refused) {
    const { message, particulars } = histories
    const advice = particulars.hint === undefined ? message : `${message}. ${particulars.hint}`
    return { publicKey, status: 'error', message: advice, blocks: 0, attestations: 0 }
  }
  const sum = (count: (history: ValidatorHistory) => number) =>
    histories.reduce((total, history) => total + count(history), 0)
  return {
    publicKey,
    status: 'imported',
    blocks: sum(({ blocks }) => blocks.length),
    attestations: sum(({ attestations }) => attestations.length),
  }
}
