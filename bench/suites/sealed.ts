/** Sealed secp256k1 over HTTP, against the bare library and against a server that does nothing. */
import { bareSignatures } from '../parts/bare-signatures.ts'
import { child } from '../parts/child.ts'
import { poster } from '../parts/http.ts'
import { load, medianOfThree, type Load } from '../parts/load.ts'
import { requests, type Asked } from '../parts/requests.ts'
import { withRatio, type Row } from '../row.ts'

/** Enough to keep two cores at work: fewer wait for the same commit now and then, all of them. */
const many = 128
/** As many as wait for nobody. */
const few = 4
const seconds = 4
/** Code that a service runs for days is compiled by then. */
const warmUp = 10

interface Ready extends Asked {
  readonly url: string
  readonly apiKey: string
}

export async function sealedRows(progress: (words: string) => void): Promise<readonly Row[]> {
  progress('the bare library: sign and verify')
  const before = bareSignatures()
  progress('an empty route')
  const empty = await emptyRoute()
  progress('sealed signatures over HTTP')
  const sealed = await sealedOverHttp()
  const bare = Math.max(before, bareSignatures())
  const name = `sealed secp256k1 over HTTP, ${many} connections`
  const row = { name, unit: '/s', measured: sealed.many.perSecond }
  return [
    withRatio({
      ...row,
      limit: bare,
      against: 'bare sign + verify, one core',
      goal: 'ratio 0.60',
      note: latencyOf(sealed.many),
    }),
    withRatio({ ...row, limit: empty.perSecond, against: 'an empty Fastify route' }),
    withRatio({
      name: `sealed secp256k1 over HTTP, ${few} connections`,
      unit: '/s',
      measured: sealed.few.perSecond,
      limit: bare,
      against: 'bare sign + verify, one core',
      note: latencyOf(sealed.few),
    }),
  ]
}

function latencyOf({ p50, p99 }: Load): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
}

async function emptyRoute(): Promise<Load> {
  const { ready, stop } = await child<{ url: string }>('./empty-route.ts', [])
  const { post, close } = poster(new URL(ready.url), {})
  const next = requests({ network: 'eip155:31337', recipient: `0x${'00'.repeat(20)}` })
  const result = await medianOfThree(() => load(many, seconds, async () => void (await post(next()))))
  close()
  await stop()
  return result
}

async function sealedOverHttp(): Promise<{ readonly many: Load; readonly few: Load }> {
  const { ready, stop } = await child<Ready>('./service.ts', ['sealed'])
  const { post, close } = poster(new URL(ready.url), { 'x-api-key': ready.apiKey })
  const next = requests(ready)
  const signOne = async () => {
    const { status, body } = await post(next())
    if (status !== 200) throw new Error(`${status} ${body}`)
  }
  await load(many, warmUp, signOne)
  const loads = {
    many: await medianOfThree(() => load(many, seconds, signOne)),
    few: await medianOfThree(() => load(few, seconds, signOne)),
  }
  close()
  await stop()
  return loads
}
