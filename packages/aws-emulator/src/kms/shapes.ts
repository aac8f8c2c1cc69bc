import { flag, list, required, text } from '../validation.ts'

// Members many operations share, with the limits of the API model.
export const keyId = required(text({ min: 1, max: 2048 }))
export const optionalKeyId = text({ min: 1, max: 2048 })
export const grantTokens = list(text({ min: 1, max: 8192 }), { max: 10 })
export const dryRunFlag = flag()
export const policyText = text({ min: 1, max: 131_072 })
export const marker = text({ min: 1, max: 1024 })
