import { threadEnvironment } from '../src/base/thread.ts'

/** For programs that a test starts: of what the tester exported only `PATH`, and where Node keeps compiled code. */
export function environmentOf(home: string): Record<string, string> {
  return { HOME: home, PATH: process.env['PATH'] ?? '', ...threadEnvironment() }
}
