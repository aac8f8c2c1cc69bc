/** The bare library in a process of its own: signs for so many seconds and says how often. `bare-bls.ts <seconds>` */
import { randomBytes } from 'node:crypto'
import { SecretKey } from '@chainsafe/blst'

const [seconds = '2'] = process.argv.slice(2)
const key = SecretKey.fromKeygen(randomBytes(32))
const message = randomBytes(32)
let count = 0
const began = performance.now()
const end = began + Number(seconds) * 1_000
while (performance.now() < end) {
  message.writeUInt32BE(count++)
  key.sign(message).toBytes()
}
process.stdout.write(`${JSON.stringify({ perSecond: (count * 1_000) / (performance.now() - began) })}\n`)
