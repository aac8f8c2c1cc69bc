import { KMSClient } from '@aws-sdk/client-kms'
import { sign } from '../../curves/secp256k1.ts'

export type Key = typeof sign | KMSClient
const name = './sign.ts'
export const again = (): Promise<unknown> => import(name) // bad: nobody can see what this imports
