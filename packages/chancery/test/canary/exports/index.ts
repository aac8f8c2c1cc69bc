export { signed } from './signed.ts' // bad: `added` comes through the star and is not listed
export type { Shape } from "./signed.ts"
export * from "./starred.ts"
export const kept = 1
