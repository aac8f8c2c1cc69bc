/** The EVM service as a whole: sealed keys, KMS keys, and the register beneath both. */
import type { Suite } from '../row.ts'
import { kmsRows } from './kms.ts'
import { registerRows } from './register.ts'
import { sealedRows } from './sealed.ts'

export const evm: Suite = {
  name: 'evm',
  about: 'sealed secp256k1 over HTTP, the KMS path, durable register entries',
  run: async (progress) => [
    ...(await sealedRows(progress)),
    ...(await kmsRows(progress)),
    ...(await registerRows(progress)),
  ],
}
