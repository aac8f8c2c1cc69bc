#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isPolicy, NOT_A_POLICY, type PolicyDocument } from './iam/policy.ts'
import { DEFAULT_CREDENTIALS, type EmulatorOptions, type RunningEmulator, startEmulator } from './index.ts'

const HELP = `aws-emulator: AWS KMS, SSM Parameter Store and STS on this machine

Usage: npm run aws-emulator -- [options]

  --port N             port (default 4599; 0 takes a free one)
  --host ADDRESS       loopback address (default 127.0.0.1; others are refused)
  --region NAME        region (default us-east-1)
  --other-region NAME  a further region, for multi-Region keys; may be repeated
  --access-key ID      access key id (default ${DEFAULT_CREDENTIALS.accessKeyId})
  --secret-key TEXT    secret access key (default ${DEFAULT_CREDENTIALS.secretAccessKey})
  --policy FILE        identity policy (JSON) of that access key (default: everything is allowed)
  --state FILE         keep keys, aliases, parameters and sessions in FILE (default: in memory)
  --log FILE           append one JSON line per call to FILE
  --seed TEXT          repeatable key ids, keys and signatures (RSA keys excepted)
  --quotas             refuse what exceeds AWS's per-second quotas
  --json               print the ready line as JSON
  --help               print this

Examples:
  npm run aws-emulator
  npm run aws-emulator -- --port 0 --json --log calls.jsonl
  npm run aws-emulator -- --state emulator.json --other-region eu-west-1

While it runs, faults are set over HTTP:
  curl -X POST localhost:4599/_emulator/faults -d '{"kind":"throttle","operation":"Sign","count":3}'
  curl localhost:4599/_emulator/calls
`

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  region: { type: 'string' },
  'other-region': { type: 'string', multiple: true },
  'access-key': { type: 'string' },
  'secret-key': { type: 'string' },
  policy: { type: 'string' },
  state: { type: 'string' },
  log: { type: 'string' },
  seed: { type: 'string' },
  quotas: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

type Flags = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values']

function readPort(text: string | undefined): number {
  const port = text === undefined ? 4599 : Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new RangeError(`--port: got ${text}, wanted 0 to 65535`)
}

function readPolicy(file: string): PolicyDocument {
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isPolicy(document)) throw new TypeError(`--policy: ${file} is ${NOT_A_POLICY}`)
  return document
}

function readOptions(flags: Flags): EmulatorOptions {
  return {
    port: readPort(flags.port),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.region === undefined ? {} : { region: flags.region }),
    ...(flags['other-region'] === undefined ? {} : { otherRegions: flags['other-region'] }),
    ...(flags['access-key'] === undefined ? {} : { accessKeyId: flags['access-key'] }),
    ...(flags['secret-key'] === undefined ? {} : { secretAccessKey: flags['secret-key'] }),
    ...(flags.policy === undefined ? {} : { policy: readPolicy(flags.policy) }),
    ...(flags.state === undefined ? {} : { stateFile: flags.state }),
    ...(flags.log === undefined ? {} : { logFile: flags.log }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.quotas === true ? { quotas: 'aws' as const } : {}),
  }
}

function readyLine(emulator: RunningEmulator): string {
  const { accessKeyId, secretAccessKey } = emulator.credentials
  return (
    `ready: ${emulator.url}  (export AWS_ENDPOINT_URL=${emulator.url} AWS_REGION=${emulator.region} AWS_DEFAULT_REGION=${emulator.region} ` +
    `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}; then: aws kms list-keys)`
  )
}

function readyJson({ url, port, region, credentials }: RunningEmulator): string {
  return JSON.stringify({ ready: true, url, port, region, ...credentials })
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({ options: FLAGS })
  if (flags.help === true) return void process.stdout.write(HELP)
  const emulator = await startEmulator(readOptions(flags))
  process.stdout.write(`${flags.json === true ? readyJson(emulator) : readyLine(emulator)}\n`)
  const stop = () => void emulator.close()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(`aws-emulator: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
