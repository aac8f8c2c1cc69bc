/** Every call says who asks and until when an answer is wanted. */
import type { Deadline } from '../base/deadline.ts'
import type { Principal } from './access.ts'

export interface Call {
  readonly principal: Principal
  readonly deadline: Deadline
}
