/**
 * How long the service stands still while validator keys leave with their history: `delete-keystores.ts [keys] [votes]`. By the
 * real Keymanager route; the asker is another process. A turn of the event loop is what lies between two runs of a timer: on a
 * busy machine more passes than is worked.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { ImportKey } from '../../packages/chancery/src/core/keyring.ts'
import { start } from './start.ts'

const [keys, votes] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 80)]
const network = 'beacon:mainnet'
const { service, call } = await start(network, {})
const { keyring, clients, validators } = service.services
if (validators === undefined) throw new Error('no validators here')
const patient = () => ({ ...call(), deadline: { ...call().deadline, at: Number.MAX_SAFE_INTEGER } })

const publicKeys: string[] = []
await keyring.importMany(
  imports(keys),
  (_, key) => {
    if (key instanceof Error) throw key
    publicKeys.push(key.publicKey)
  },
  patient(),
  async () => undefined,
)
say(`${publicKeys.length} keys are here`)
const { part } = await validators.exportPart({ network }, patient())
// As it is on a network: all that attest in a slot of an epoch sign the same.
const slots = 32
for (let slot = 0; slot < slots; slot++) {
  const signed = { signed_blocks: [], signed_attestations: past() }
  const data = publicKeys.filter((_, n) => n % slots === slot).map((pubkey) => ({ pubkey, ...signed }))
  await validators.importInterchange({ metadata: { ...part.metadata }, data }, {}, patient())
}
say(`with ${votes} votes each`)

const grants = [{ operations: ['keys:delete'], keys: '*', networks: '*' }] as const
const { secret } = await clients.create({ name: 'bench', grants }, call())
const before = process.memoryUsage().rss
const turns = watchTurns()
const { status, bytes, seconds } = await ask()
const longest = turns()
const mebibytes = (count: number) => `${(count / 2 ** 20).toFixed(0)} MiB`
say(`${status}: ${mebibytes(bytes)} in ${seconds.toFixed(1)} s`)
const turn = ({ at, passed, worked }: (typeof longest)[number]) =>
  `${worked.toFixed(0)} ms (${passed.toFixed(0)} passed) at ${(at / 1_000).toFixed(1)} s`
say(`longest turns: ${longest.map(turn).join(', ')}`)
say(`resident ${mebibytes(before)} before, ${mebibytes(process.memoryUsage().rss)} after`)
process.kill(process.pid, 'SIGTERM')

function say(words: string): void {
  process.stdout.write(`${words}\n`)
}

function* imports(many: number): Generator<ImportKey> {
  for (let i = 0; i < many; i++) {
    const hex = `0x00${randomBytes(31).toString('hex')}`
    yield { backend: 'sealed', family: 'consensus', kind: 'decoded', network, secret: { format: 'hex', hex } }
  }
}

function past() {
  return Array.from({ length: votes }, (_, n) => ({
    source_epoch: String(200_000 + n),
    target_epoch: String(200_001 + n),
    signing_root: `0x${randomBytes(32).toString('hex')}`,
  }))
}

/** The longest by the processor's time first, in milliseconds; `at` is since the beginning. */
function watchTurns() {
  const began = performance.now()
  const seen: { readonly at: number; readonly passed: number; readonly worked: number }[] = []
  let [last, used] = [began, cpu()]
  const timer = setInterval(() => {
    const [now, usedNow] = [performance.now(), cpu()]
    seen.push({ at: last - began, passed: now - last, worked: usedNow - used })
    ;[last, used] = [now, usedNow]
  }, 1)
  return () => {
    clearInterval(timer)
    return seen.toSorted((a, b) => b.worked - a.worked).slice(0, 8)
  }
}

/** Of this thread alone. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

interface Answer {
  readonly status: number
  readonly bytes: number
  readonly seconds: number
}

/** Another process, so that reading costs this one nothing; what it reads must be whole. */
async function ask(): Promise<Answer> {
  const program = `
    const [url, key] = process.argv.slice(1)
    let text = ''
    for await (const chunk of process.stdin) text += chunk
    const began = performance.now()
    const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + key }
    const reply = await fetch(url + '/eth/v1/keystores', { method: 'DELETE', headers, body: text })
    const body = Buffer.from(await reply.arrayBuffer())
    const seconds = (performance.now() - began) / 1000
    const { data, slashing_protection: file } = JSON.parse(body.toString('utf8'))
    const votes = JSON.parse(file).data.reduce((sum, one) => sum + one.signed_attestations.length, 0)
    const answer = { status: reply.status, bytes: body.length, seconds, votes, deleted: data.length }
    process.stdout.write(JSON.stringify(answer) + '\\n')`
  const asking = spawn(process.execPath, ['--input-type=module', '-e', program, service.url, secret], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  asking.stdin.end(JSON.stringify({ pubkeys: publicKeys }))
  for await (const line of createInterface({ input: asking.stdout })) {
    const { votes: found, deleted, ...answer } = JSON.parse(line) as Answer & { votes: number; deleted: number }
    if (deleted === keys && found >= keys * votes) return answer
    throw new Error(`it was about ${deleted} keys and ${found} votes`)
  }
  throw new Error('the asker ended without an answer')
}
