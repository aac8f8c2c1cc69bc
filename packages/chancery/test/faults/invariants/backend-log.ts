/** The emulator's own log: every Sign it carried out, whether or not the answer arrived. */
import { readLines, textIn } from './lines.ts'

export interface Sign {
  readonly time: string
  readonly key: string
  /** SHA-256 of the message, hex. */
  readonly payloadHash: string
  readonly signature: string
}

/** Calls that made no signature (refused, dry, interrupted) used no key. */
export function readBackendLog(path: string): readonly Sign[] {
  return readLines(path).flatMap((line) => {
    if (textIn(line, 'operation') !== 'Sign') return []
    const [time, key, hash] = [textIn(line, 'time'), textIn(line, 'key'), textIn(line, 'messageSha256')]
    const signature = textIn(line, 'signature')
    if (signature === undefined) return []
    if (time === undefined || hash === undefined) throw new TypeError('a Sign without time or message')
    return [{ time, key: key ?? '', payloadHash: `0x${hash}`, signature: `0x${signature}` }]
  })
}
