import { extname } from 'node:path'
import { sign } from '../../curves/secp256k1.ts'

export const assemble = sign
export const worker = new URL('../../keys/aws/sign.ts', import.meta.url) // bad: a worker's file counts as well
export const built = new URL(`../../keys/aws/sign${extname(import.meta.url)}`, import.meta.url) // bad: so does this
export const own = new URL(`./parse${extname(import.meta.url)}`, import.meta.url)
export const hidden = new URL(`./${name}.ts`, import.meta.url) // bad: nobody can see which file
const name = 'parse'
