import { threadEnvironment } from '../src/base/thread.ts'

/** For programs that a test starts: nothing that the tester exported, but for what finds programs and what Node compiled. */
export function environmentOf(home: string): Record<string, string> {
  return { HOME: home, PATH: process.env['PATH'] ?? '', ...threadEnvironment() }
}
