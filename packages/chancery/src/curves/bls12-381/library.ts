/** blst, loaded when the first BLS key or signature comes by: 5 ms and 5 MB that nobody else pays for. */
import { createRequire } from 'node:module'
import type * as blstTypes from '@chainsafe/blst'

type Blst = typeof blstTypes

const require = createRequire(import.meta.url)
let loaded: Blst | undefined

export function blst(): Blst {
  loaded ??= require('@chainsafe/blst') as Blst
  return loaded
}
