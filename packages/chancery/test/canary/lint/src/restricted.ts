import { keccak256 } from 'viem' // bad

export const hash = keccak256('0x')
