/**
 * BLS signatures in two halves, by blst's C code compiled on this machine (`npm run build:addon`). Importing this throws where
 * that was not done: whoever imports it has another library to fall back on.
 */
import { createRequire } from 'node:module'
import type { Addon } from './addon.d.ts'

const addon = createRequire(import.meta.url)('../build/blst.node') as Addon

export const { loadKey, wipeKey, publicKey, hashToG2, signMany } = addon
