import { sign } from '../../curves/secp256k1.ts'

export const assemble = sign
export const worker = new URL('../../keys/aws/sign.ts', import.meta.url) // bad: a worker's file counts as well
