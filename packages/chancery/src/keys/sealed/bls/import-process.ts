/** A process that imports BLS keys, and ends with the import. What it loads is listed by a test. */
import { blsImportHalf } from '../../../signers/bls-import-half.ts'
import { machineTime } from '../../../signers/clearance.ts'
import { serve } from '../serve.ts'
import { createSigner } from '../signer.ts'

serve(createSigner(machineTime, blsImportHalf))
