/** What each table of a Web3Signer says of validators, row by row. Numbers are NUMERIC(20) there, and text on the way. */
import type { Hex } from '../base/bytes.ts'
import type { InterchangeValidator } from '../core/validators.ts'

interface Row {
  readonly pubkey: Hex
  readonly slot: string | null
  readonly source: string | null
  readonly target: string | null
  readonly root: Hex | null
}

export interface Page {
  readonly sql: string
  validator(row: Row): InterchangeValidator
}

const publicKey = `'0x' || encode(v.public_key, 'hex') AS pubkey`
const root = `'0x' || encode(s.signing_root, 'hex') AS root`

export const pagesOf: readonly (readonly [string, Page])[] = [
  [
    'validators',
    {
      sql: `SELECT ${publicKey}, w.slot::text AS slot, w.source_epoch::text AS source, w.target_epoch::text AS target,
              NULL AS root
            FROM validators v LEFT JOIN low_watermarks w ON w.validator_id = v.id ORDER BY v.id`,
      validator: signed,
    },
  ],
  [
    'blocks',
    {
      sql: `SELECT ${publicKey}, s.slot::text AS slot, NULL AS source, NULL AS target, ${root}
            FROM signed_blocks s JOIN validators v ON v.id = s.validator_id ORDER BY v.id`,
      validator: signed,
    },
  ],
  [
    'attestations',
    {
      sql: `SELECT ${publicKey}, NULL AS slot, s.source_epoch::text AS source, s.target_epoch::text AS target, ${root}
            FROM signed_attestations s JOIN validators v ON v.id = s.validator_id ORDER BY v.id`,
      validator: signed,
    },
  ],
]

function signed({ pubkey, slot, source, target, root: signing_root }: Row): InterchangeValidator {
  const rooted = signing_root === null ? {} : { signing_root }
  const voted = source !== null && target !== null
  return {
    pubkey,
    signed_blocks: slot === null ? [] : [{ slot, ...rooted }],
    signed_attestations: voted ? [{ source_epoch: source, target_epoch: target, ...rooted }] : [],
  }
}
