import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

interface Skip {
  project: string
  file: string
  name: string
  reason: string
}

/**
 * Prints every test that did not run, and why, at the very end where it is read.
 * With CI=true a skipped peer test fails the run: there, every peer must be installed.
 */
export class SkipReporter implements Reporter {
  #chosenByName = false

  onInit(vitest: Vitest): void {
    this.#chosenByName = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#chosenByName) return // with -t everything else is skipped on purpose
    const skips = modules.flatMap(skipsOf)
    if (skips.length === 0) return
    console.error(`\nSKIPPED: ${skips.length} tests did not run`)
    for (const line of summarise(skips)) console.error(`  SKIPPED ${line}`)
    if (process.env['CI'] === 'true' && skips.some((skip) => skip.project !== 'unit')) {
      console.error('  CI=true: a skipped peer test counts as a failure')
      process.exitCode = 1
    }
  }
}

function skipsOf(module: TestModule): Skip[] {
  return [...module.children.allTests('skipped')].map((test) => ({
    project: module.project.name,
    file: module.relativeModuleId,
    name: test.fullName,
    reason: reasonOf(test),
  }))
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  return result.state === 'skipped' && result.note ? result.note : 'no reason given'
}

/** One line per file and reason: a vector suite may skip a thousand cases for one missing folder. */
function summarise(skips: readonly Skip[]): string[] {
  const groups = Map.groupBy(skips, (skip) => `${skip.file}: ${skip.reason}`)
  return [...groups].map(([where, group]) => {
    const first = group[0]?.name ?? ''
    return group.length === 1 ? `${where} (${first})` : `${where} (${group.length} tests, first: ${first})`
  })
}
