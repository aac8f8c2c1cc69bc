import type { Call } from './operation.ts'

/** The fault `delayed-visibility`: later calls find at `arn` what was there `before`, or nothing, until it has passed. */
export function hideIfDelayed(call: Call, arn: string, before?: string): void {
  const delay = call.faults.find('delayed-visibility')
  if (delay !== undefined) call.emulator.visibility.hide(arn, delay, before)
}
