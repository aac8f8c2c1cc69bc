/** What can be sent, as a closed JSON Schema with a full example. The readers check it all again and more. */
import type { Json } from '../../base/json.ts'
import type { SignSchema } from '../../core/chain.ts'

/** Refusals show nothing of what is sent here: people have sent private keys in such places. */
const unshown = { writeOnly: true } as const

/** 0.0006 BTC of the key whose secret is the SHA-256 of `alice`: 0.0004 to another, the rest back. */
const example: Json = {
  psbt: 'cHNidP8BAHECAAAAAeCtaxDCIEZNh/rnRpQqgO5tef6/h0Cdqt7K54F7u4eBAQAAAAD/////AkCcAAAAAAAAFgAUfIqg+ffPLPQUVyE/gInpW4+W0tA4SgAAAAAAABYAFDO5S3C71DTwrQGSVmm+3zRpgytYAAAAAAABAF0CAAAAAX3+uBGGlbHNmpA2BehqlpYIzuO8wb6KT1UzGFLITA7xAAAAAAFR/////wIBAAAAAAAAAAFRYOoAAAAAAAAWABQzuUtwu9Q08K0BklZpvt80aYMrWAAAAAAAAAA=',
}

export const schemas: readonly SignSchema[] = [
  {
    operation: 'sign:transaction',
    field: 'transaction',
    schema: {
      ...unshown,
      type: 'object',
      additionalProperties: false,
      required: ['psbt'],
      description:
        'Bitcoin, Litecoin, Dogecoin: a PSBT all of whose inputs are of one wallet, each with the whole transaction it ' +
        'spends (only taproot may do without). Extended public keys, derivations and proprietary keys (0xfc) are passed ' +
        'on and not read; every other key that is not of BIP-174, BIP-370 or the key path of BIP-371 is refused',
      properties: {
        psbt: {
          ...unshown,
          type: 'string',
          pattern: '^(0x([0-9a-fA-F]{2})+|(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$',
          minLength: 8,
          description: 'A PSBT of version 0 (BIP-174) or 2 (BIP-370): base64 with padding, or 0x and hex',
        },
        replaces: {
          ...unshown,
          type: 'string',
          pattern: '^0x([0-9a-fA-F]{2})+$',
          description: 'The whole transaction that this one replaces for a higher fee (BIP-125), 0x and hex',
        },
        multisig: {
          type: 'object',
          additionalProperties: false,
          required: ['threshold', 'publicKeys'],
          description:
            'Where the coins are of a script that this key shares (P2WSH): the script. Nothing paid back to it counts as ' +
            'change, so rules must name its address among the recipients',
          properties: {
            threshold: { type: 'integer', minimum: 1, maximum: 15, description: 'So many of the keys sign' },
            publicKeys: {
              type: 'array',
              minItems: 2,
              maxItems: 15,
              description: 'In order (BIP-67)',
              items: {
                type: 'string',
                pattern: '^0x0[23][0-9a-fA-F]{64}$',
                description: 'Compressed, 0x and 66 hex digits',
              },
            },
          },
        },
      },
    },
    example,
  },
]
