/** The server as a program of its own: prints its URL and serves until it is told to stop. */
import { parseArgs } from 'node:util'
import type { Ledger } from './ledger.ts'
import { startAlgod } from './server.ts'

export async function runProgram(ledger: Ledger): Promise<void> {
  const options = {
    port: { type: 'string', default: '0' },
    token: { type: 'string' },
    'genesis-id': { type: 'string' },
    'genesis-hash': { type: 'string' },
  } as const
  const { values } = parseArgs({ options })
  const { 'genesis-id': id, 'genesis-hash': hash, token } = values
  const algod = await startAlgod({
    ledger,
    port: Number(values.port),
    ...(token === undefined ? {} : { token }),
    ...(id === undefined || hash === undefined ? {} : { genesis: { id, hash } }),
  })
  const { genesis } = algod.chain
  const ready = { url: algod.url.href, indexer: algod.indexerUrl.href, ledger: ledger.name, genesis }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  const stop = () => void algod.close()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
