import { digest } from '../core/digest.ts'

export interface Decision {
  file: string
  digest: typeof digest
  key: import('../keys/aws/sign.ts').Key // bad: a type by import() counts as well
}
