/** Whether slashing protection would refuse a duty. */
import type { Call } from '../../../core/call.ts'
import type { Services, SignRequest } from '../../../core/services.ts'
import type { Slashable } from '../../../core/validators.ts'
import { validatorsOf } from '../../configured.ts'

/** Judged first, as for a signature: who may not sign learns nothing. */
export async function slashableOf(services: Services, request: SignRequest, call: Call): Promise<Slashable> {
  const validators = validatorsOf(services)
  await services.signing.judge(request, call)
  return validators.isDutySlashable(request, call)
}
