import { used } from './used.ts'

export const start = used
