/** Application calls by ARC-4: methods of the applications whose interfaces are configured. https://dev.algorand.co/arc-standards/arc-0004/ */
import { ABIMethod, abiTypeIsTransaction, type Transaction } from 'algosdk'
import { toHex } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Network } from '../../core/names.ts'
import { invalid } from '../../core/refusals.ts'
import { argumentsOf, readArguments } from './arguments.ts'

/** An application's interface: its methods by selector. */
export interface Application {
  readonly network: Network
  readonly id: bigint
  readonly methods: ReadonlyMap<string, ABIMethod>
}

/** A call that was understood. */
export interface Called {
  readonly method: string
  readonly args: JsonObject
}

/** @throws RangeError unless `description` has ARC-4's list of methods (an ARC-56 file has it too). */
export function readInterface(network: Network, id: bigint, description: JsonObject): Application {
  const { methods } = description
  if (!Array.isArray(methods)) throw new RangeError(`the interface of application ${id} has no list of methods`)
  const read = methods.map((method: unknown) => methodOf(method, id))
  const bySelector = new Map(read.map((method) => [toHex(method.getSelector()), method]))
  if (bySelector.size < read.length) throw new RangeError(`the interface of application ${id} has a selector twice`)
  return { network, id, methods: bySelector }
}

function methodOf(described: unknown, id: bigint): ABIMethod {
  const method = arc4Method(described)
  if (method === undefined) throw new RangeError(`the interface of application ${id} has a method that is not ARC-4's`)
  const names = argumentsOf(method).map(({ name }) => name)
  if (new Set(names).size === names.length) return method
  throw new RangeError(
    `${method.getSignature()} of application ${id} has two arguments of one name: one would be hidden`,
  )
}

/** The SDK checks what it is given, more strictly than its type says. */
function arc4Method(described: unknown): ABIMethod | undefined {
  try {
    return new ABIMethod(described as ConstructorParameters<typeof ABIMethod>[0])
  } catch {
    return undefined
  }
}

/** The first four bytes of the first argument; `bare` for a call without arguments. */
export function selectorOf({ appArgs }: NonNullable<Transaction['applicationCall']>): string {
  const [first] = appArgs
  if (first === undefined) return 'bare'
  return first.length === 4 ? toHex(first) : 'raw'
}

/**
 * The call in words, where the application is configured.
 * @throws Refused when the arguments are not those of the method: what is configured is decoded, or it is not signed
 */
export function readCall(
  transaction: Transaction,
  before: readonly Transaction[],
  applications: readonly Application[],
  where: string,
): Called | undefined {
  const call = transaction.applicationCall
  const application = applications.find(({ id }) => id === call?.appIndex)
  if (call === undefined || application === undefined || call.appArgs.length === 0) return undefined
  const method = application.methods.get(selectorOf(call))
  if (method === undefined)
    throw invalid(`${where}.appArgs[0]`, selectorOf(call), `a method of application ${application.id}`)
  checkTransactionArguments(method, before, where)
  return { method: method.getSignature(), args: readArguments(method, call, where) }
}

/** Arguments that are transactions stand right before the call in its group, in order. */
function checkTransactionArguments({ args, name }: ABIMethod, before: readonly Transaction[], where: string): void {
  const types = args.map(({ type }) => type).filter((type) => abiTypeIsTransaction(type))
  const found = types.length === 0 ? [] : before.slice(-types.length)
  const fits = types.every((type, i) => `${type}` === 'txn' || `${type}` === found[i]?.type)
  if (found.length === types.length && fits) return
  throw invalid(
    where,
    found.map(({ type }) => type).join(', '),
    `${types.join(', ')} before the call of ${name} in its group`,
  )
}
