/** What a test in another process asks for, by POST of JSON below `/_algod/`: money, rounds, assets, faults. */
import { isJsonObject, type JsonObject } from '../../../../src/base/json.ts'
import { json, type Answer } from './answers.ts'
import type { Chain } from './chain.ts'
import type { Fault } from './faults.ts'

export function control(chain: Chain, faults: Fault[], name: string, body: Buffer): Answer {
  const asked: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'))
  if (!isJsonObject(asked)) return json(400, { message: 'expected an object' })
  const command = commands[name]
  if (command === undefined) return json(404, { message: `expected one of ${Object.keys(commands).join(', ')}` })
  return json(200, command(chain, asked, faults))
}

type Command = (chain: Chain, asked: JsonObject, faults: Fault[]) => Record<string, unknown>

const commands: Readonly<Record<string, Command>> = {
  /** `address`, `amount` */
  fund(chain, { address, amount }) {
    chain.ledger.fund(textOf(address), BigInt(textOf(amount)))
    return {}
  },
  /** `rounds` */
  advance(chain, { rounds }) {
    chain.advance(BigInt(textOf(rounds)))
    return { round: Number(chain.round()) }
  },
  /** `rounds` until what is sent shows as confirmed */
  delay(chain, { rounds }) {
    chain.delay = BigInt(textOf(rounds))
    return {}
  },
  /** `creator`, `total` */
  asset(chain, { creator, total }) {
    return { asset: String(chain.ledger.makeAsset(textOf(creator), BigInt(textOf(total)))) }
  },
  /** `creator`, `inner` */
  application(chain, { creator, inner }) {
    return { application: String(chain.ledger.makeApplication(textOf(creator), Number(textOf(inner)))) }
  },
  /** One fault, as `Fault` */
  fault(_chain, asked, faults) {
    faults.push(faultOf(asked))
    return {}
  },
  'no-faults'(_chain, _asked, faults) {
    faults.length = 0
    return {}
  },
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new Error(`expected text or a number, got ${typeof value}`)
}

function faultOf({ path, times, slow, status, body, drop }: JsonObject): Fault {
  return {
    path: textOf(path),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(slow === undefined ? {} : { slow: Number(slow) }),
    ...(status === undefined ? {} : { status: Number(status) }),
    ...(body === undefined ? {} : { body: textOf(body) }),
    ...(drop === 'before' || drop === 'after' ? { drop } : {}),
  }
}
