/** Whether slashing protection would refuse a duty. */
import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import type { Hex } from '../../../base/bytes.ts'
import type { Call } from '../../../core/call.ts'
import { invalidRequest } from '../../../core/errors.ts'
import type { Services, SignRequest } from '../../../core/services.ts'
import type { Validators } from '../../../core/validators.ts'
import { validatorsOf } from '../../configured.ts'
import { memberAt } from './duty.ts'

export interface Slashable {
  readonly slashable: boolean
  readonly reason?: string
}

type SlashableDuty = Parameters<Validators['isSlashable']>[0]

/** Judged first, as for a signature: who may not sign learns nothing. */
export async function slashableOf(services: Services, request: SignRequest, call: Call): Promise<Slashable> {
  const validators = validatorsOf(services)
  const { summary } = await services.signing.judge(request, call)
  const duty = slashableDuty(request.value, summary)
  if (duty === undefined) return { slashable: false }
  return validators.isSlashable(duty, request.key, request.network, call)
}

/** The numbers of what can be slashed for; undefined for every other duty. */
function slashableDuty(value: unknown, summary: JsonObject): SlashableDuty | undefined {
  const body = isJsonObject(value) ? value : {}
  const type = typeof body['type'] === 'string' ? body['type'].toUpperCase() : ''
  const root = rootOf(body, summary)
  if (type === 'ATTESTATION') {
    const [source, target] = ['source', 'target'].map((end) => number(body, 'attestation', end, 'epoch'))
    return { kind: 'attestation', source: source ?? 0n, target: target ?? 0n, ...root }
  }
  if (type === 'BLOCK') return { kind: 'block', slot: number(body, 'block', 'slot'), ...root }
  if (type !== 'BLOCK_V2') return undefined
  const inside = memberAt(body, 'beacon_block', 'block') === undefined ? 'block_header' : 'block'
  return { kind: 'block', slot: number(body, 'beacon_block', inside, 'slot'), ...root }
}

function number(body: JsonObject, ...path: readonly string[]): bigint {
  const found = memberAt(body, ...path)
  if (typeof found === 'string' && /^(?:0|[1-9][0-9]{0,19})$/.test(found)) return BigInt(found)
  throw invalidRequest(path.join('.'), typeof found, 'a decimal string')
}

/** As the chain computed it, or as the request says it was. */
function rootOf(body: JsonObject, summary: JsonObject): { readonly root?: Hex } {
  const texts = [summary['signingRoot'], summary['signing_root'], body['signingRoot'], body['signing_root']]
  const root = texts.find((text): text is Hex => typeof text === 'string' && /^0x[0-9a-fA-F]{64}$/.test(text))
  return root === undefined ? {} : { root: lower(root) }
}

function lower(root: string): Hex {
  return `0x${root.slice(2).toLowerCase()}`
}
