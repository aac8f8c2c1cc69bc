/** Questions that wait to be sent to a signer process: the more urgent first, and each urgency in its order. */
import type { Job } from './job.ts'

export class Queue {
  readonly #byUrgency: readonly [Job[], Job[], Job[]] = [[], [], []]

  get size(): number {
    return this.#byUrgency.reduce((total, jobs) => total + jobs.length, 0)
  }

  /** In signatures. */
  get weight(): number {
    let total = 0
    for (const jobs of this.#byUrgency) for (const { weight } of jobs) total += weight
    return total
  }

  /** Whether a block waits, or what is as urgent. */
  get isUrgent(): boolean {
    return this.#byUrgency[2].length > 0
  }

  /** What nobody waits for any more leaves: where no process takes questions, they would gather. */
  add(job: Job): void {
    const jobs = this.#byUrgency[job.urgency]
    while (jobs[0]?.late) jobs.shift()
    jobs.push(job)
  }

  /** Takes the next that somebody still waits for. */
  next(): Job | undefined {
    const [usual, sooner, urgent] = this.#byUrgency
    for (;;) {
      const job = urgent.shift() ?? sooner.shift() ?? usual.shift()
      if (job === undefined || !job.late) return job
    }
  }

  takeAll(): readonly Job[] {
    return this.#byUrgency.flatMap((jobs) => jobs.splice(0))
  }
}
