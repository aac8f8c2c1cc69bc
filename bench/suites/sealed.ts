/** Sealed secp256k1 over HTTP, against the bare library and against a server that does nothing. */
import { createHash, randomBytes } from 'node:crypto'
import { isPrivate, pointFromScalar, sign, verify } from 'tiny-secp256k1'
import { child } from '../parts/child.ts'
import { poster } from '../parts/http.ts'
import { load, medianOfThree, type Load } from '../parts/load.ts'
import { requests, type Asked } from '../parts/requests.ts'
import { withRatio, type Row } from '../row.ts'

/** Enough to keep two cores at work: with fewer, all of them wait for the same commit now and then. */
const connections = 64
const seconds = 4
/** Code that a service runs for days is compiled by then. */
const warmUp = 10

interface Ready extends Asked {
  readonly url: string
  readonly apiKey: string
}

export async function sealedRows(progress: (words: string) => void): Promise<readonly Row[]> {
  progress('the bare library: sign and verify')
  const bare = bareSignatures()
  progress('an empty route')
  const empty = await emptyRoute()
  progress('sealed signatures over HTTP')
  const sealed = await sealedOverHttp()
  const after = bareSignatures()
  const limit = Math.max(bare, after)
  const at = `p50 ${sealed.p50.toFixed(1)} ms, p99 ${sealed.p99.toFixed(1)} ms at ${connections} connections`
  return [
    withRatio({
      name: 'sealed secp256k1 over HTTP',
      unit: '/s',
      measured: sealed.perSecond,
      limit,
      against: 'bare sign + verify, one core',
      goal: 'ratio 0.60',
      note: at,
    }),
    withRatio({
      name: 'sealed secp256k1 over HTTP',
      unit: '/s',
      measured: sealed.perSecond,
      limit: empty.perSecond,
      against: 'an empty Fastify route',
      note: at,
    }),
  ]
}

/** What one core does when it does nothing else. */
function bareSignatures(): number {
  const secret = privateKey()
  const publicKey = pointFromScalar(secret, true)
  if (publicKey === null) throw new Error('the library made no public key')
  let digest: Uint8Array = randomBytes(32)
  const began = performance.now()
  let count = 0
  while (performance.now() - began < 2_000) {
    digest = createHash('sha256').update(digest).digest()
    if (!verify(digest, publicKey, sign(digest, secret), true)) throw new Error('the library does not verify its own')
    count++
  }
  return (count * 1_000) / (performance.now() - began)
}

function privateKey(): Uint8Array {
  const candidate = randomBytes(32)
  return isPrivate(candidate) ? candidate : privateKey()
}

async function emptyRoute(): Promise<Load> {
  const { ready, stop } = await child<{ url: string }>('./empty-route.ts', [])
  const { post, close } = poster(new URL(ready.url), {})
  const next = requests({ network: 'eip155:31337', recipient: `0x${'00'.repeat(20)}` })
  const result = await medianOfThree(() => load(connections, seconds, async () => void (await post(next()))))
  close()
  await stop()
  return result
}

async function sealedOverHttp(): Promise<Load> {
  const { ready, stop } = await child<Ready>('./service.ts', ['sealed'])
  const { post, close } = poster(new URL(ready.url), { 'x-api-key': ready.apiKey })
  const next = requests(ready)
  const signOne = async () => {
    const { status, body } = await post(next())
    if (status !== 200) throw new Error(`${status} ${body}`)
  }
  await load(connections, warmUp, signOne)
  const result = await medianOfThree(() => load(connections, seconds, signOne))
  close()
  await stop()
  return result
}
