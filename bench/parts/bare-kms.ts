/** Sign by the bare SDK in a process of its own, as the service has one: `bare-kms.ts <endpoint> <region>`. */
import { CreateKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { randomBytes } from 'node:crypto'
import { kmsLoads } from './kms-load.ts'

const [endpoint = '', region = ''] = process.argv.slice(2)
const kms = new KMSClient({ region, endpoint, maxAttempts: 1 })
const made = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' }))
const KeyId = made.KeyMetadata?.KeyId
const loads = await kmsLoads(async () => {
  const Message = randomBytes(32)
  await kms.send(new SignCommand({ KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }))
})
kms.destroy()
process.stdout.write(`${JSON.stringify({ loads })}\n`)
