import { sign } from 'chancery' // bad: the client stands apart
import { digest } from '../src/core/digest.ts' // bad: outside its package

export { sign, digest }
