import { opaqueOperations } from '../../core/names.ts'
import type { Rule } from '../rule.ts'

/** Safety rule 14: an opaque key signs bare digests and nothing else, a decoded key everything but bare digests. */
export const keyKind: Rule = ({ operation, kind }) => {
  const fitting = opaqueOperations.includes(operation) ? 'opaque' : 'decoded'
  return [{ name: 'key kind', ok: kind === fitting, got: kind, allowed: fitting }]
}
