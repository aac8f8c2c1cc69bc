import { house } from '../compose.ts' // bad: speaks to the running service instead

export const keys = house
