/** What several commands of slashing protection take, and how they say how far they are. */
import { counted } from '../base/counted.ts'
import type { Flags, Given, Terminal } from './command.ts'
import { nowAndThen } from './progress.ts'

export const networkFlag = {
  network: { type: 'string', value: '<network>', about: 'Where there are several validator networks' },
} as const satisfies Flags

export const keysFlag = {
  keys: { type: 'string', value: '<pubkey>', multiple: true, about: 'Only this validator; may be given again' },
} as const satisfies Flags

export const forceFlag = {
  force: { type: 'boolean', about: 'Take slots and epochs beyond the clock too: nothing of it can be taken back' },
} as const satisfies Flags

export function networkOf(given: Given): { readonly network?: string } {
  const network = given.text('network')
  return network === undefined ? {} : { network }
}

/** As they were typed; several may share a flag, with commas between. */
export function keysOf(given: Given): readonly string[] {
  return given.texts('keys').flatMap((text) => text.split(','))
}

/** Of validators, as far as it is known how many there are. */
export function progressOn({ interactive, note }: Terminal, total: number | undefined): (done: number) => void {
  if (!interactive) return () => {}
  return nowAndThen((done: number) =>
    note(total === undefined ? `${counted(done, 'validator')} so far` : `${done} of ${counted(total, 'validator')}`),
  )
}
