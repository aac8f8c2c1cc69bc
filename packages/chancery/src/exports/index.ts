/** The library: what a program needs that runs the service inside itself. The command line does the same in `serve`. */
export { systemClock } from '../base/clock.ts'
export type { Clock } from '../base/clock.ts'
export { startService } from '../compose.ts'
export type { Service, Surroundings } from '../compose.ts'
export { Failed, Refused } from '../core/errors.ts'
export type { Code } from '../core/errors.ts'
