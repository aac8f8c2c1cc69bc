import type { Two } from './cycle-two.ts' // bad

export interface One {
  two: Two
}
