/** What validators signed elsewhere, taken over. */
import { isHex, type Hex } from '../base/bytes.ts'
import type { JsonObject } from '../base/json.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { adviceIn, Refused } from '../core/errors.ts'
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
  const { forced, sha256 } = how
  const reading = { ...(forced && { forced }), ...(publicKeys && { publicKeys }), ...(sha256 && { sha256 }) }
  const { timing, validators, source } = await readInterchange(rooms, file, reading)
  const about = { actor: actorOf(call.principal), reason: 'import', source } as const
  await recordRaises(rooms, raisesOf(validators.values(), timing.genesisValidatorsRoot), about, call.deadline)
  return [...validators].map(([publicKey, histories]) => resultOf(publicKey, histories))
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
    return { publicKey, status: 'error', message: adviceIn(histories), blocks: 0, attestations: 0 }
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
