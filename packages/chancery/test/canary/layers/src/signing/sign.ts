import { decide } from '../policy/index.ts' // bad: services are handed in
import { sign } from '../curves/secp256k1.ts'

export { decide, sign }
