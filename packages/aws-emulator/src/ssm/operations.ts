import type { Operations } from '../operation.ts'
import { manageOperations } from './manage.ts'
import { putParameter } from './put.ts'
import { readOperations } from './read.ts'

/** Every Parameter Store operation there is here. */
export const ssmOperations: Operations = {
  PutParameter: putParameter,
  ...readOperations,
  ...manageOperations,
}
