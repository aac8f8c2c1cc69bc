import type { Decision } from '../policy/decide.ts' // bad: a type counts as well
import { readFileSync } from 'node:fs' // bad: core is pure

export const digest = (decision: Decision): string => readFileSync(decision.file, 'utf8')
