/** A service whose flow is the Algorand chain and one known key, with nothing between. */
import { mnemonicFromSeed, mnemonicToSecretKey } from 'algosdk'
import { toHex } from '../../chancery/src/base/bytes.ts'
import { createAlgorand } from '../../chancery/src/chains/algorand/chain.ts'
import type { Signed } from '../../chancery/src/core/chain.ts'
import type { KeyRecord } from '../../chancery/src/core/key.ts'
import type { Services, SignRequest } from '../../chancery/src/core/services.ts'
import { ed25519 } from '../../chancery/src/curves/ed25519.ts'
import { publicKeyOf, sign } from '../../chancery/src/curves/ed25519/sign.ts'
import { agreeing, keyRecord } from '../../chancery/test/http/fakes.ts'
import type { Client } from '../src/index.ts'
import { clientOf } from './client-of.ts'

export const testnet = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'

const seed = new Uint8Array(32).fill(4)
const publicKey = ed25519.publicKey(publicKeyOf(seed))
const chain = createAlgorand({ networks: [{ network: testnet }] })

/** The same key in algosdk's hands. */
export const local = mnemonicToSecretKey(mnemonicFromSeed(seed))

export interface Seen {
  readonly client: Client
  /** What was asked to be signed. */
  readonly requests: SignRequest[]
}

/** `tampered` stands between the service and its caller. */
export function signingService(more: Partial<KeyRecord> = {}, tampered = (signed: Signed): Signed => signed): Seen {
  const address = chain.address(publicKey)
  const own = { algorithm: 'ed25519', family: 'algorand', publicKey: toHex(publicKey.bytes), address } as const
  const key: KeyRecord = { ...keyRecord, ...own, ...more }
  const requests: SignRequest[] = []
  const signed = async (request: SignRequest) => {
    requests.push(request)
    const intent = chain.parse({ ...request, publicKey, accounts: key.accounts ?? [] })
    const signatures = chain
      .payloads(intent, key.id)
      .map(({ bytes }) => ed25519.normalise({ encoding: 'compact', bytes: sign(seed, bytes) }, bytes, publicKey))
    return { attempt: 'att_1', key: key.id, signed: tampered(chain.assemble(intent, signatures)) } as const
  }
  const services = agreeing()
  const signing: Services = {
    ...services,
    signing: { ...services.signing, sign: signed },
    keyring: { ...services.keyring, get: () => Promise.resolve({ key, rulesVersion: 1 }) },
    schemas: chain.schemas.map((schema) => ({ ...schema, chain: 'algorand' })),
  }
  return { client: clientOf(signing), requests }
}
