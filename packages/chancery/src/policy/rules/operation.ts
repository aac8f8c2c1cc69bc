import { oneOf, type Rule } from '../rule.ts'

export const operation: Rule = (question) => [oneOf('operation', question.operation, question.rules.operations)]
