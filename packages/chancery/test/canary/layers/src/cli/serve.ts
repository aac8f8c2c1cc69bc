import { house } from '../compose.ts'

export const serve = house
