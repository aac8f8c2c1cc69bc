/** Lodestar's slashing protection over a database in memory. */
import { fromHex } from '../../../src/base/bytes.ts'
import { memoryController } from './controller.ts'
import type { Lodestar, SlashingProtection } from './modules.ts'
import type { LodestarDuty } from './protocol.ts'

export function emptyProtection({ validator }: Lodestar): SlashingProtection {
  return new validator.SlashingProtection({ config: {}, controller: memoryController() })
}

/** Null where it was taken, the refusal's code otherwise. @throws whatever is no refusal */
export async function judge(protection: SlashingProtection, duty: LodestarDuty): Promise<string | null> {
  try {
    await checkAndInsert(protection, duty)
    return null
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('ERR_INVALID_')) return error.message
    throw error
  }
}

async function checkAndInsert(protection: SlashingProtection, duty: LodestarDuty): Promise<void> {
  const [publicKey, signingRoot] = [fromHex(duty.publicKey), fromHex(duty.root)]
  if (duty.kind === 'block') {
    return await protection.checkAndInsertBlockProposal(publicKey, { slot: exact(duty.slot), signingRoot })
  }
  const [sourceEpoch, targetEpoch] = [exact(duty.source), exact(duty.target)]
  return await protection.checkAndInsertAttestation(publicKey, { sourceEpoch, targetEpoch, signingRoot })
}

/** Lodestar counts in doubles. */
export function exact(decimal: string): number {
  const number = Number(decimal)
  if (!Number.isSafeInteger(number)) throw new Error(`Lodestar cannot count to ${decimal}`)
  return number
}
