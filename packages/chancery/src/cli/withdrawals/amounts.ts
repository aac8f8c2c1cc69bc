/** Amounts and fees as people type them: base units, and a sentence where they are not. */
import { UsageError, type Flags, type Given } from '../command.ts'

export const feeFlags: Flags = {
  'fee-rate': {
    type: 'string',
    value: '<rate>',
    about: 'On chains of coins: base units for 1,000 virtual bytes, so 5 sat/vB is 5000 (default: what the node says)',
  },
  'max-fee': {
    type: 'string',
    value: '<amount>',
    about: "The most the fee may come to, in base units of the network's coin (default: what the policy allows)",
  },
}

/** @throws UsageError for anything but a whole number of base units */
export function baseUnits(given: Given, flag: string): string | undefined {
  const text = given.text(flag)
  if (text === undefined || /^(?:0|[1-9]\d{0,77})$/.test(text)) return text
  throw new UsageError(
    `--${flag} is a whole number of base units (satoshis, wei), such as 150000, got ${text || 'none'}`,
  )
}

export function feesOf(given: Given): { readonly feeRate?: string; readonly maxFee?: string } {
  const [feeRate, maxFee] = [baseUnits(given, 'fee-rate'), baseUnits(given, 'max-fee')]
  return { ...(feeRate !== undefined && { feeRate }), ...(maxFee !== undefined && { maxFee }) }
}

/** @throws UsageError where no rate is given */
export function dearer(given: Given): { readonly feeRate: string; readonly maxFee?: string } {
  const { feeRate, ...most } = feesOf(given)
  if (feeRate === undefined) throw new UsageError('Say how much dearer: --fee-rate 40000 is 40 sat/vB')
  return { feeRate, ...most }
}
