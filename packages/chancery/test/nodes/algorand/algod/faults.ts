/** What goes wrong on demand. */

export interface Fault {
  /** What the path begins with; `/` is all of them. */
  readonly path: string
  /** How often it strikes; for ever unless given. */
  times?: number
  /** Milliseconds to wait first. */
  readonly slow?: number
  /** An answer in the place of the right one: its status, and its body whatever that is. */
  readonly status?: number
  readonly body?: string
  /** Answers nothing at all; with `after`, once the question was acted on. */
  readonly drop?: 'before' | 'after'
}

export function strike(faults: Fault[], path: string): Fault | undefined {
  const fault = faults.find((one) => path.startsWith(one.path))
  if (fault?.times !== undefined && --fault.times <= 0) faults.splice(faults.indexOf(fault), 1)
  return fault
}
