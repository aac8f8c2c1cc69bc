/** Signatures a second for each coin, over HTTP with everything included, against the bare library's sign and verify. */
import { bareSignatures } from '../parts/bare-signatures.ts'
import { child } from '../parts/child.ts'
import { coinRequests } from '../parts/coin-requests.ts'
import { poster } from '../parts/http.ts'
import { load, medianOfThree, type Load } from '../parts/load.ts'
import { requests } from '../parts/requests.ts'
import { withRatio, type Row } from '../row.ts'

const coins = [
  ['BTC, one input (P2WPKH)', 'bip122:000000000933ea01ad0ee984209779ba'],
  ['LTC, one input (P2WPKH)', 'bip122:4966625a4b2851d9fdee139e56211a0d'],
  ['DOGE, one input (P2PKH)', 'bip122:bb0a78264637406b6360aad926284d54'],
  ['ETH', 'eip155:11155111'],
  ['BNB', 'eip155:97'],
  ['POL', 'eip155:80002'],
] as const

const connections = 128
/** A commit that took longer than one may: a client asks again, and the time counts. */
const diskPaused = /"code":"(?:in-doubt|store-unavailable)"/
const mostTimes = 20

export interface SigningTimes {
  readonly warmUp: number
  readonly seconds: number
}

/** Code that a service runs for days is compiled after the first. */
const whole: SigningTimes = { warmUp: 10, seconds: 4 }

export async function signingRows(progress: (words: string) => void, times = whole): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [name, network] of coins) {
    progress(`signatures for ${name}`)
    const before = bareSignatures()
    const { perSecond, p50, p99, askedAgain } = await overHttp(network, times)
    rows.push(
      withRatio({
        name: `signatures for ${name}, ${connections} connections`,
        unit: '/s',
        measured: perSecond,
        limit: Math.max(before, bareSignatures()),
        against: 'bare sign + verify, one core',
        goal: 'ratio 0.60',
        note: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms${askedAgain > 0 ? `, ${askedAgain} asked again` : ''}`,
      }),
    )
  }
  return rows
}

interface Ready {
  readonly url: string
  readonly apiKey: string
  readonly network: string
  readonly recipient: string
  readonly psbt?: string
}

async function overHttp(network: string, { warmUp, seconds }: SigningTimes): Promise<Load & { askedAgain: number }> {
  const { ready, stop } = await child<Ready>('./coin-keys.ts', [network])
  const { post, close } = poster(new URL(ready.url), { 'x-api-key': ready.apiKey })
  const { psbt } = ready
  const next = psbt === undefined ? requests(ready) : coinRequests({ network, psbt })
  let askedAgain = 0
  const signOne = async () => {
    const request = next()
    for (let times = 0; ; times++) {
      const { status, body } = await post(request)
      if (status === 200) return
      if (!diskPaused.test(body) || times === mostTimes) throw new Error(`${status} ${body}`)
      askedAgain++
    }
  }
  try {
    await load(connections, warmUp, signOne)
    return { ...(await medianOfThree(() => load(connections, seconds, signOne))), askedAgain }
  } finally {
    close()
    await stop()
  }
}
