import { conditionsHold, type Context, isCondition } from './conditions.ts'
import { isObject } from '../validation.ts'
import { asList, like } from './matching.ts'

/** An IAM policy document as JSON has it; read leniently where IAM allows a value or a list of values. */
export interface PolicyDocument {
  readonly Version?: string
  readonly Id?: string
  readonly Statement: Statement | readonly Statement[]
}

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: unknown
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: unknown
}

export type Verdict = 'allow' | 'deny' | 'none'

export interface AccessRequest {
  /** Such as `kms:Sign`. */
  readonly action: string
  readonly resource: string
  readonly context: Context
}

export const NOT_A_POLICY = 'not an IAM policy document, or one with a condition operator the emulator does not know'

/** Throws a SyntaxError or TypeError when the text is no policy document. */
export function parsePolicy(text: string): PolicyDocument {
  const document: unknown = JSON.parse(text)
  if (!isPolicy(document)) throw new TypeError(NOT_A_POLICY)
  return document
}

/** A document without statements is one: it allows nothing. */
export function isPolicy(value: unknown): value is PolicyDocument {
  return isObject(value) && value['Statement'] !== undefined && asList(value['Statement']).every(isStatement)
}

function isStatement(value: unknown): value is Statement {
  if (!isObject(value) || !isCondition(value['Condition'])) return false
  return value['Effect'] === 'Allow' || value['Effect'] === 'Deny'
}

/** Judges one document: a matching Deny wins over any Allow. */
export function evaluate(
  policy: PolicyDocument,
  request: AccessRequest,
  applies: (statement: Statement) => boolean = () => true,
): Verdict {
  const matching = asList(policy.Statement).filter((one) => applies(one) && statementMatches(one, request))
  if (matching.some((statement) => statement.Effect === 'Deny')) return 'deny'
  return matching.length > 0 ? 'allow' : 'none'
}

function statementMatches(statement: Statement, request: AccessRequest): boolean {
  return (
    listMatches(statement.Action, statement.NotAction, (pattern) =>
      like(pattern.toLowerCase(), request.action.toLowerCase()),
    ) &&
    listMatches(statement.Resource, statement.NotResource, (pattern) => like(pattern, request.resource)) &&
    conditionsHold(statement.Condition, request.context)
  )
}

function listMatches(
  wanted: string | readonly string[] | undefined,
  unwanted: string | readonly string[] | undefined,
  matches: (pattern: string) => boolean,
): boolean {
  if (unwanted !== undefined) return !asList(unwanted).some(matches)
  return asList(wanted).some(matches)
}

/** Whether a key policy's `Principal` names this ARN, or the whole account through its root. */
export function principalMatches(principal: unknown, arns: readonly string[]): boolean {
  if (principal === '*') return true
  if (!isObject(principal)) return false
  const named = asList<unknown>(principal['AWS'])
  return named.some((one) => typeof one === 'string' && (one === '*' || arns.includes(one)))
}
