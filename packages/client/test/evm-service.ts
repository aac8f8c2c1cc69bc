/** A service whose flow is the EVM chain and one known key, with nothing between: what the SDK's accounts are tried on. */
import { toHex } from '../../chancery/src/base/bytes.ts'
import { createEvm } from '../../chancery/src/chains/evm/chain.ts'
import type { KeyRecord } from '../../chancery/src/core/key.ts'
import type { Services, SignRequest } from '../../chancery/src/core/services.ts'
import { secp256k1 } from '../../chancery/src/curves/secp256k1.ts'
import { publicKeyOf, sign } from '../../chancery/src/curves/secp256k1/sign.ts'
import { agreeing, keyRecord } from '../../chancery/test/http/fakes.ts'
import type { Client } from '../src/index.ts'
import { clientOf } from './client-of.ts'

/** The first key of anvil's test mnemonic: everybody's, so nobody's. */
export const privateKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

const secret = Buffer.from(privateKey.slice(2), 'hex')
const publicKey = secp256k1.publicKey(publicKeyOf(secret))
const chain = createEvm({ networks: [{ network: 'eip155:1' }, { network: 'eip155:31337' }], assets: [] })

async function signed(request: SignRequest) {
  const intent = chain.parse({ ...request, publicKey })
  const [payload] = chain.payloads(intent, keyRecord.id)
  if (payload === undefined) throw new Error('no payload')
  const raw = { encoding: 'compact', bytes: sign(secret, payload.bytes) } as const
  const signature = secp256k1.normalise(raw, payload.bytes, publicKey)
  return { attempt: 'att_1', key: keyRecord.id, signed: chain.assemble(intent, [signature]) } as const
}

export function signingClient(more: Partial<KeyRecord> = {}): Client {
  const key: KeyRecord = { ...keyRecord, publicKey: toHex(publicKey.bytes), address: chain.address(publicKey), ...more }
  const services = agreeing()
  const signing: Services = {
    ...services,
    signing: { ...services.signing, sign: signed },
    keyring: { ...services.keyring, get: () => Promise.resolve({ key, rulesVersion: 1 }) },
  }
  return clientOf(signing)
}
