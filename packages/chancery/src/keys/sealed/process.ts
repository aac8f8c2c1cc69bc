/** A signer process. Started by a lane; everything it loads is listed by a test (safety rule 12). */
import { machineTime } from '../../signers/clearance.ts'
import { signingHalf } from '../../signers/halves.ts'
import { treeHalf } from '../../signers/tree-half.ts'
import { serve } from './serve.ts'
import { createSigner } from './signer.ts'

serve(createSigner(machineTime, (name) => signingHalf(name) ?? treeHalf(name)))
