/** The words of a new key: shown once, on a terminal only, and asked back. */
import { fromHex, toHex } from '../../base/bytes.ts'
import { generateEnvelopeKeys } from '../../signers/envelope.ts'
import { openBackup } from '../../signers/backup.ts'
import { randomInt } from 'node:crypto'
import type { BackedUpKey } from '@chancery/client'
import type { Terminal } from '../command.ts'

export interface Recipient {
  /** X25519, as the service takes it. */
  readonly recipient: `0x${string}`
  open(backedUp: BackedUpKey): Uint8Array
}

/** Keys of this process alone: what the service hands out only it can read, and only while it runs. */
export function newRecipient(): Recipient {
  const keys = generateEnvelopeKeys()
  return {
    recipient: toHex(keys.publicKey),
    open: ({ key, backup }) => openBackup(keys, key.id, key.algorithm, fromHex(backup)),
  }
}

const asked = 3
const attempts = 3

/**
 * Shows them and asks three of them back. A string cannot be wiped, so it is not kept.
 * @returns whether they were written down
 */
export async function showOnce(words: Uint8Array, terminal: Terminal): Promise<boolean> {
  const list = Buffer.from(words).toString('utf8').split(' ')
  terminal.out('Write these words down, in this order, and keep them offline. They are shown once:')
  terminal.out('')
  for (let row = 0; row < list.length; row += 5) terminal.out(numbered(list, row))
  terminal.out('')
  const places = pick(list.length)
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await areKnown(list, places, terminal)) return true
    terminal.note('That does not fit. Look at what you wrote down.')
  }
  return false
}

function numbered(list: readonly string[], row: number): string {
  const cells = list.slice(row, row + 5).map((word, i) => `${String(row + i + 1).padStart(2)} ${word}`.padEnd(14))
  return `  ${cells.join('').trimEnd()}`
}

function pick(count: number): readonly number[] {
  const places = new Set<number>()
  while (places.size < asked) places.add(randomInt(count))
  return [...places].toSorted((a, b) => a - b)
}

async function areKnown(list: readonly string[], places: readonly number[], terminal: Terminal): Promise<boolean> {
  let known = true
  for (const place of places) {
    const typed = await terminal.askHidden(`Word ${place + 1}: `)
    known &&= typed.trim().toLowerCase() === list[place]
  }
  return known
}
