/** A service with one sealed Algorand key on testnet, and the programs of docs/examples that use it as their users would. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateAccount, makePaymentTxnWithSuggestedParamsFromObject, type Transaction } from 'algosdk'
import { openService, type TestService } from '../../integration/service.ts'

export const testnet = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
export const alias = 'confio-testnet-sponsor'
export const examples = fileURLToPath(new URL('../../../../../docs/examples/', import.meta.url))

/** The key of the service, in algosdk's hands. */
export const local = generateAccount()
export const user = generateAccount()

export interface Ended {
  readonly status: number
  readonly lines: readonly string[]
  readonly trouble: string
}

export interface Scene {
  readonly service: TestService
  /** For what a test makes. */
  readonly folder: string
  /** Runs a program to its end, with the service and a client's API key in its environment. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  end(): Promise<void>
}

export async function openScene(): Promise<Scene> {
  const service = await openService({ configuration: { networks: [{ id: testnet }] } })
  const folder = await mkdtemp(join(tmpdir(), 'chancery-examples-'))
  const apiKeyFile = join(folder, 'api-key')
  await writeFile(apiKeyFile, `${await enrolled(service)}\n`, { mode: 0o600 })
  const base = {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C.UTF-8',
    CHANCERY_URL: service.url,
    CHANCERY_API_KEY_FILE: apiKeyFile,
  }
  return {
    service,
    folder,
    run: (program, args, env = {}) => ended(program, args, { ...base, ...env }),
    end: async () => {
      await service.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** @returns the API key of a client that may use the key */
async function enrolled({ operator }: TestService): Promise<string> {
  const secret = { format: 'hex', hex: `0x${Buffer.from(local.sk.subarray(0, 32)).toString('hex')}` } as const
  const wanted = { backend: 'sealed', family: 'algorand', kind: 'decoded', alias, network: testnet, secret } as const
  const { id } = await operator.keys.import(wanted)
  const rules = {
    operations: ['sign:transaction'],
    networks: [testnet],
    recipients: [user.addr.toString()],
    maximums: { [`${testnet}/slip44:283`]: '1000' },
    fees: { [testnet]: '100000' },
  } as const
  await operator.rules.put(id, { ...(await operator.rules.get(id)).value, ...rules }, 0)
  const operations = ['sign:transaction', 'keys:read'] as const
  return (await operator.clients.create({ name: 'app', grants: [{ operations, keys: [id], networks: [testnet] }] }))
    .secret
}

function ended(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 60_000 }, (error, out, err) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ status, lines: out.split('\n').filter(Boolean), trouble: err })
    })
  })
}

/** Whether a program is here; says loudly when it is not. */
export function isInstalled(program: string, debianPackage: string): boolean {
  const found = spawnSync(program, ['--version']).status === 0
  if (!found) console.error(`WARNING: ${program} is missing (Debian: ${debianPackage}), so its example is not run`)
  return found
}

interface Payment {
  readonly sender?: Transaction['sender']
  readonly genesisHash?: Uint8Array
}

export function payment(amount: number, { sender = local.addr, genesisHash = testnetHash }: Payment = {}): Transaction {
  const rounds = { firstValid: 1000n, lastValid: 2000n }
  const suggestedParams = { fee: 1000n, minFee: 1000n, flatFee: true, ...rounds, genesisHash }
  return makePaymentTxnWithSuggestedParamsFromObject({ sender, receiver: user.addr, amount, suggestedParams })
}

const testnetHash = Buffer.from('SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=', 'base64')

export const payments = (count: number) => Array.from({ length: count }, (_, amount) => payment(amount))

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

export const unsigned = (transaction: Transaction) => base64(transaction.toByte())
export const signed = (transaction: Transaction) => base64(transaction.signTxn(local.sk))

/** Answers that a service must not give. They may not be handed on. */
export const badAnswers: readonly (readonly [string, readonly (string | null)[]])[] = [
  ['another transaction', [signed(payment(6))]],
  ['bytes cut short', [base64(payment(5).signTxn(local.sk).subarray(0, -1))]],
  ["somebody else's signature", [base64(payment(5).signTxn(user.sk))]],
  ['none', [null]],
]

/** The origin of a service that says the same to everything, until the test is over. */
export async function answering(
  body: object,
  onTestFinished: (end: () => void) => void,
  location?: string,
): Promise<string> {
  const server = createServer((request, reply) => {
    request.resume()
    reply.setHeader('connection', 'close')
    if (location !== undefined) reply.setHeader('location', location)
    reply.writeHead(location === undefined ? 200 : 302).end(JSON.stringify(body))
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
