/** A signer process for BLS keys: it may load native code, so it holds no others. What it loads is listed by a test. */
import { blsHalf } from '../../../signers/bls-half.ts'
import { machineTime } from '../../../signers/clearance.ts'
import { serve } from '../serve.ts'
import { createSigner } from '../signer.ts'

serve(createSigner(machineTime, blsHalf))
