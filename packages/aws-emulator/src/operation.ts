import type { CallEntry } from './calls.ts'
import type { Emulator } from './emulator.ts'
import type { CallFaults } from './faults.ts'
import type { Principal } from './iam/principal.ts'
import type { ServiceName } from './services.ts'
import { type Input, readInput, type Shape } from './validation.ts'

/** One authenticated request on its way through an operation. */
export interface Call {
  readonly emulator: Emulator
  readonly service: ServiceName
  readonly operation: string
  readonly region: string
  readonly principal: Principal
  /** The body as it came, for policy conditions. */
  readonly body: Record<string, unknown>
  readonly faults: CallFaults
  /** The log line being written. */
  readonly entry: CallEntry
}

export type Answer = object | undefined

export interface Operation {
  /** Whether the state must be saved afterwards. */
  readonly writes: boolean
  run(call: Call, body: Record<string, unknown>): Answer | Promise<Answer>
}

export type Operations = Readonly<Record<string, Operation>>

type Run<S extends Shape> = (call: Call, input: Input<S>) => Answer | Promise<Answer>

/** An operation that leaves the state as it was. */
export function reading<S extends Shape>(shape: S, run: Run<S>): Operation {
  return { writes: false, run: (call, body) => run(call, readInput(shape, body)) }
}

/** An operation that changes the state. */
export function writing<S extends Shape>(shape: S, run: Run<S>): Operation {
  return { writes: true, run: (call, body) => run(call, readInput(shape, body)) }
}
