/** Whole blocks of every fork, read down to their header: header and block have one root. */
import { container } from '../ssz/container.ts'
import { rootOf, type Form, type ValueOf } from '../ssz/form.ts'
import { altairBody } from './altair.ts'
import { electraBody } from './electra.ts'
import { executionBodies } from './execution.ts'
import { gloasBody } from './gloas.ts'
import { beaconBlockHeader, phase0Body } from './phase0.ts'
import type { Preset } from './preset.ts'

export type Header = ValueOf<typeof beaconBlockHeader>

export interface WholeBlock {
  /** Before Bellatrix nobody is paid: there is no payload. */
  read(value: unknown, where: string): { readonly header: Header; readonly feeRecipient?: Uint8Array }
}

/** By the fork's name in upper case. */
export function wholeBlocks(preset: Preset): ReadonlyMap<string, WholeBlock> {
  const { bellatrix, capella, deneb } = executionBodies(preset)
  const electra = wholeBlock(electraBody(preset), paidByPayload)
  return new Map([
    ['PHASE0', wholeBlock(container(phase0Body))],
    ['ALTAIR', wholeBlock(container(altairBody(preset)))],
    ['BELLATRIX', wholeBlock(bellatrix, paidByPayload)],
    ['CAPELLA', wholeBlock(capella, paidByPayload)],
    ['DENEB', wholeBlock(deneb, paidByPayload)],
    ['ELECTRA', electra],
    ['FULU', electra],
    ['GLOAS', wholeBlock(gloasBody(preset), (body) => body.signed_execution_payload_bid.message.fee_recipient)],
  ])
}

function paidByPayload(body: { readonly execution_payload: { readonly fee_recipient: Uint8Array } }): Uint8Array {
  return body.execution_payload.fee_recipient
}

function wholeBlock<B>(body: Form<B>, feeRecipient?: (body: B) => Uint8Array): WholeBlock {
  const { body_root: _, ...fields } = beaconBlockHeader.fields
  const form = container({ ...fields, body })
  return {
    read(value, where) {
      const { body: inside, ...rest } = form.read(value, where)
      const read: B = inside
      const header = { ...rest, body_root: rootOf(body, read) }
      return { header, ...(feeRecipient && { feeRecipient: feeRecipient(read) }) }
    },
  }
}
