/** For tests that hold an answer against the clock. */

/** What is said where an answer took too long: `expect(took, tooSlow).toBeLessThan(1_000)`. */
export const tooSlow = 'too slow'

/**
 * A machine that stands still for a moment fails such a test once, a service that keeps no time fails it each time. Only what
 * was too slow is tried again: anything else that is wrong need be seen but once.
 */
export const againstClock = { retry: { count: 2, condition: new RegExp(`^${tooSlow}`) } }
