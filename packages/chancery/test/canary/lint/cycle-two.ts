import type { One } from './cycle-one.ts' // bad

export interface Two {
  one: One
}
