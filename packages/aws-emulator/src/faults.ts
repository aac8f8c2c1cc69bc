import type { Random } from './random.ts'

/** Which calls a fault touches: every member given must hold. */
export interface FaultFilter {
  /** Operation name or names, such as `Sign`; absent: every operation. */
  readonly operation?: string | readonly string[]
  /** Key id, key ARN, alias or parameter name, as the request gave it or as it resolved. */
  readonly key?: string
  /** Lets this many matching calls pass first. */
  readonly skip?: number
  /** Ends after this many calls; absent: until removed. */
  readonly count?: number
  /** In 0..1; absent: every matching call. */
  readonly probability?: number
}

/** `before`: the operation is not carried out. `after`: it is, and only its answer is lost. */
export type Stage = 'before' | 'after'

export type FaultEffect =
  | { readonly kind: 'throttle' }
  | { readonly kind: 'latency'; readonly ms: number; readonly maxMs?: number }
  | { readonly kind: 'hang'; readonly stage?: Stage }
  | { readonly kind: 'reset'; readonly stage?: Stage }
  | { readonly kind: 'internal-error' }
  | { readonly kind: 'dependency-timeout' }
  | { readonly kind: 'key-unavailable' }
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  | { readonly kind: 'deny' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'other-key' }
  | { readonly kind: 'flip-bit' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'wrong-key-id' }
  | { readonly kind: 'delayed-visibility'; readonly ms?: number; readonly calls?: number }
  | { readonly kind: 'clock-skew'; readonly ms: number }
  | { readonly kind: 'der-length'; readonly length: number }

export type FaultKind = FaultEffect['kind']
export type FaultRule = FaultFilter & FaultEffect
export type Fault = FaultRule & { readonly id: string; readonly fired: number }

export const FAULT_KINDS: readonly FaultKind[] = [
  'throttle',
  'latency',
  'hang',
  'reset',
  'internal-error',
  'dependency-timeout',
  'key-unavailable',
  'error',
  'deny',
  'truncate',
  'other-key',
  'flip-bit',
  'duplicate',
  'wrong-key-id',
  'delayed-visibility',
  'clock-skew',
  'der-length',
]

/** The switches, which may be set and cleared while the emulator runs. */
export interface Faults {
  /** Returns the id to remove it by. */
  add(rule: FaultRule): string
  remove(id: string): boolean
  clear(): void
  list(): readonly Fault[]
}

/** The faults drawn for one call. */
export interface CallFaults {
  find<K extends FaultKind>(kind: K): Extract<FaultEffect, { kind: K }> | undefined
  readonly kinds: readonly FaultKind[]
}

export interface FaultDrawer extends Faults {
  draw(operation: string, keyNames: readonly string[]): CallFaults
}

interface Entry {
  readonly id: string
  readonly rule: FaultRule
  seen: number
  fired: number
}

export function makeFaults(random: Random): FaultDrawer {
  const entries = new Map<string, Entry>()
  let next = 1
  return {
    add: (rule) => {
      const id = `fault-${next++}`
      entries.set(id, { id, rule, seen: 0, fired: 0 })
      return id
    },
    remove: (id) => entries.delete(id),
    clear: () => entries.clear(),
    list: () => [...entries.values()].map(({ id, rule, fired }) => ({ ...rule, id, fired })),
    draw: (operation, keyNames) => {
      const matching = [...entries.values()].filter(({ rule }) => matches(rule, operation, keyNames))
      return callFaults(matching.filter((entry) => fires(entry, random)).map(({ rule }) => rule))
    },
  }
}

function matches(rule: FaultFilter, operation: string, keyNames: readonly string[]): boolean {
  if (rule.key !== undefined && !keyNames.includes(rule.key)) return false
  if (rule.operation === undefined) return true
  return typeof rule.operation === 'string' ? rule.operation === operation : rule.operation.includes(operation)
}

function fires(entry: Entry, random: Random): boolean {
  const { rule } = entry
  entry.seen += 1
  if (entry.seen <= (rule.skip ?? 0)) return false
  if (entry.fired >= (rule.count ?? Infinity)) return false
  if (rule.probability !== undefined && random.fraction() >= rule.probability) return false
  entry.fired += 1
  return true
}

function callFaults(drawn: readonly FaultRule[]): CallFaults {
  return {
    kinds: drawn.map((rule) => rule.kind),
    find: <K extends FaultKind>(kind: K) =>
      drawn.find((rule): rule is FaultFilter & Extract<FaultEffect, { kind: K }> => rule.kind === kind),
  }
}

export const NO_FAULTS: CallFaults = { kinds: [], find: () => undefined }
