/** What is wrong with a configuration. All of it is said at once, and never the value of a secret. */

export interface Problem {
  /** Where it was found: `--port`, `CHANCERY_PORT`, `.env: PORT`, `chancery.yaml: networks[0].rpc`. */
  readonly where: string
  /** Absent where the value could be a secret. */
  readonly got?: string
  readonly wanted: string
  readonly hint?: string
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'))
    this.problems = problems
  }
}

function problemText({ where, got, wanted, hint }: Problem): string {
  return `${where}: ${got === undefined ? '' : `got ${got}, `}wanted ${wanted}${hint === undefined ? '' : ` (${hint})`}`
}

export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80)
}
