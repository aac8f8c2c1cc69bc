/** One line a step, as it ends: what was done, what came of it, and how long that took. */
import { styleText } from 'node:util'

export interface Told {
  readonly title: string
  readonly ok: boolean
  readonly milliseconds: number
  /** What came of it, or why it failed. */
  readonly detail: string
}

export interface Steps {
  /** A few words over the steps that follow. */
  chapter(title: string): void
  /**
   * Runs one step and prints it. `work` returns what later steps need; `tell` adds what came of it.
   * @throws TourStopped when the step fails: nothing after it would mean anything
   */
  step<T>(title: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T>
  readonly told: readonly Told[]
}

export class TourStopped extends Error {
  override readonly name = 'TourStopped'
}

export function createSteps(print: (line: string) => void): Steps {
  const told: Told[] = []
  return {
    told,
    chapter: (title) => print(`\n${styleText('bold', title)}`),
    step: async (title, work) => {
      const began = performance.now()
      const details: string[] = []
      const end = (ok: boolean) => {
        const milliseconds = Math.round(performance.now() - began)
        const line: Told = { title, ok, milliseconds, detail: details.join('; ') }
        told.push(line)
        print(lineOf(line))
      }
      try {
        const result = await work((detail) => void details.push(detail))
        end(true)
        return result
      } catch (error) {
        details.push(error instanceof Error ? error.message : String(error))
        end(false)
        throw new TourStopped(title, { cause: error })
      }
    },
  }
}

function lineOf({ title, ok, milliseconds, detail }: Told): string {
  const mark = ok ? styleText('green', '✓') : styleText('red', '✗')
  const seconds = styleText('dim', `(${(milliseconds / 1_000).toFixed(1)} s)`)
  return `${mark} ${title}${detail === '' ? '' : styleText('dim', `: ${detail}`)} ${seconds}`
}

/** @throws Error with the sentence, when something is not as it must be */
export function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}

/** Looks again and again until there is something. @throws Error after `seconds` */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 20,
): Promise<T> {
  const end = performance.now() + seconds * 1_000
  do {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  } while (performance.now() < end)
  throw new Error(`waited ${seconds} s for ${what}`)
}
