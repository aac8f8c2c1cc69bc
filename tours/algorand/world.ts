/** What this tour stands on: a node, AWS's stand-in, a home for the service, and a memory of all that was printed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateAccount, type Account } from 'algosdk'
import { startAws, type Aws } from '../aws.ts'
import { endAll } from '../child.ts'
import type { Home } from '../service.ts'
import { layWire, network, startAlgod, type Algod, type Wire } from './algod.ts'

export interface World {
  /** Holds everything that is written here. */
  readonly folder: string
  readonly home: Home
  /** Of a second service, which knows nothing of AWS. */
  readonly refuge: Home
  readonly algod: Algod
  readonly wire: Wire
  readonly aws: Aws
  /** What commands printed, each under its own line. */
  readonly printed: Map<string, string>
  /** Somebody with a little money, and none for fees. */
  readonly user: Account
  /** The number of an application of theirs, which sends one transaction more when it is called. */
  readonly application: string
}

export async function buildWorld(stack: AsyncDisposableStack): Promise<World> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'chancery-tour-')), remove)
  stack.defer(endAll)
  const [algod, aws] = await Promise.all([
    startAlgod(folder),
    startAws(folder, '--log', join(folder, 'aws-calls.jsonl')),
  ])
  const wire = stack.adopt(await layWire(algod.url), (one) => one.close())
  const user = generateAccount()
  await algod.fund(user.addr.toString(), 1_000_000)
  const application = await algod.makeApplication(user.addr.toString(), 1)
  const printed = new Map<string, string>()
  const heard = (command: string, said: string) => void printed.set(`${printed.size + 1}: ${command}`, said)
  await mkdir(join(folder, 'crashes'))
  const home = await homeIn(join(folder, 'service'), withAws(wire.url, aws, application), {
    ...aws.credentials,
    AWS_REGION: aws.region,
  })
  const refuge = await homeIn(join(folder, 'refuge'), withoutAws(wire.url), { USE_KMS_SIGNING: 'False' })
  return {
    folder,
    home: { ...home, heard, node: reports(join(folder, 'crashes')) },
    refuge: { ...refuge, heard },
    algod,
    wire,
    aws,
    printed,
    user,
    application,
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Node's own report of a process, which it writes when one dies, and when it is asked to. */
const reports = (folder: string): readonly string[] => [
  `--report-directory=${folder}`,
  '--report-uncaught-exception',
  '--report-on-fatalerror',
  '--report-on-signal',
]

async function homeIn(folder: string, configuration: string, env: Record<string, string>): Promise<Home> {
  await mkdir(join(folder, 'home'), { recursive: true })
  await writeFile(join(folder, 'chancery.yaml'), configuration)
  return { folder, env: { HOME: join(folder, 'home'), PATH: process.env['PATH'] ?? '', ...env } }
}

const withoutAws = (algod: string): string => `port: 0
logLevel: trace
networks:
  - id: ${network}
    rpc: ["${algod}"]
`

const withAws = (algod: string, { url, region }: Aws, application: string): string => `${withoutAws(algod)}
backends: [aws-kms, aws-ssm]
aws:
  region: ${region}
  endpoint: ${url}
sponsors:
  - key: confio-testnet-sponsor
    network: ${network}
    perGroup: "10000"
    perSenderDay: "50000"
    perDay: "1000000"
    minimumBalance: "1000000"
    applications: [{ id: "${application}", methods: ["swap(uint64)void"] }]
    payments: true
`

/** What AWS was asked, by the stand-in's own log: the operations in their order. */
export async function askedOfAws({ folder }: World): Promise<readonly string[]> {
  const lines = (await readFile(join(folder, 'aws-calls.jsonl'), 'utf8')).trim().split('\n')
  return lines.map((line) => (JSON.parse(line) as { operation: string }).operation)
}
