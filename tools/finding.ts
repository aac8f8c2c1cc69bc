/** One place that breaks a rule. `file` is relative to the repository; `line` counts from 1. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** What one check saw. Having looked at nothing is a failure, not a clean result. */
export interface Outcome {
  /** How many things were looked at. */
  readonly count: number
  /** What they are, and any figures worth a reader's time: `files, median function 6 lines`. */
  readonly of: string
  readonly findings: readonly Finding[]
}

export interface Check {
  readonly name: string
  /** Judges the repository. */
  run(): Outcome | Promise<Outcome>
  /** Judges the bad files under test/canary/<name>: every line marked `bad` there must come back, and no other. */
  canary(): readonly Finding[] | Promise<readonly Finding[]>
}

export function place(finding: Finding): string {
  return `${finding.file}:${finding.line}`
}
