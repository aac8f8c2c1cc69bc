import type { Operations } from '../operation.ts'
import { aliasOperations } from './aliases.ts'
import { dataKeyOperations } from './data-keys.ts'
import { deletionOperations } from './deletion.ts'
import { encryptOperations } from './encrypt.ts'
import { grantOperations } from './grants.ts'
import { importOperations } from './import.ts'
import { keyOperations } from './keys.ts'
import { macOperations } from './mac.ts'
import { policyOperations } from './policies.ts'
import { replicaOperations } from './replicas.ts'
import { rotationOperations } from './rotation.ts'
import { signOperations } from './sign.ts'
import { tagOperations } from './tags.ts'

/** Every KMS operation there is here; any other name is an UnknownOperationException. */
export const kmsOperations: Operations = {
  ...keyOperations,
  ...deletionOperations,
  ...aliasOperations,
  ...tagOperations,
  ...policyOperations,
  ...signOperations,
  ...encryptOperations,
  ...dataKeyOperations,
  ...macOperations,
  ...importOperations,
  ...replicaOperations,
  ...grantOperations,
  ...rotationOperations,
}
