/** What the service tells about its peers: AWS KMS and blockchain nodes. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { openService, type TestService } from './service.ts'

const network = 'eip155:31337'

let emulator: RunningEmulator
let service: TestService
const node = createServer((request, response) => {
  void text(request).then((body) => {
    const { id } = JSON.parse(body) as { id: number }
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
  })
})
let answer: object = { result: '0x7a69' }

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'metrics' })
  process.env['AWS_ACCESS_KEY_ID'] = emulator.credentials.accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = emulator.credentials.secretAccessKey
  node.listen(0, '127.0.0.1')
  await once(node, 'listening')
  const rpc = [`http://127.0.0.1:${(node.address() as AddressInfo).port}`]
  service = await openService({
    configuration: {
      networks: [{ id: network, rpc }],
      aws: { region: emulator.region, endpoint: emulator.url },
    },
  })
})

afterAll(async () => {
  await service.end()
  await emulator.close()
  node.closeAllConnections()
  node.close()
})

const metrics = async () => (await service.ask('GET', '/metrics')).body.split('\n')

function counted(lines: readonly string[], sample: string): number {
  return Number(
    lines
      .find((line) => line.startsWith(`${sample} `))
      ?.split(' ')
      .at(-1) ?? 0,
  )
}

test('attempts at AWS KMS are counted by operation, region and outcome, and timed', async () => {
  emulator.faults.add({ kind: 'throttle', operation: 'GetPublicKey', count: 1 })
  const { id } = await service.operator.keys.create({ backend: 'aws-kms', family: 'evm', kind: 'decoded' })
  const lines = await metrics()
  const attempts = (operation: string, outcome: string) => {
    const labels = `operation="${operation}",region="${emulator.region}",outcome="${outcome}"`
    return counted(lines, `chancery_kms_attempts_total{${labels}}`)
  }
  expect(attempts('CreateKey', 'ok')).toBe(1)
  expect(attempts('Sign', 'ok')).toBe(1)
  expect(attempts('GetPublicKey', 'throttled')).toBe(1)
  const timed = `chancery_kms_attempt_seconds_count{operation="CreateKey",region="${emulator.region}"}`
  expect(counted(lines, timed)).toBe(1)
  const keys = emulator.calls.flatMap(({ key }) => key?.split('/').at(-1) ?? [])
  expect(keys.length).toBeGreaterThan(0)
  for (const name of [id, ...keys]) expect(lines.join('\n')).not.toContain(name)
})

test('calls of a node are counted by network, method and outcome, and timed', async () => {
  const calls = async (outcome: string) =>
    counted(
      await metrics(),
      `chancery_node_calls_total{network="${network}",method="eth_chainId",outcome="${outcome}"}`,
    )
  const before = { ok: await calls('ok'), error: await calls('error'), none: await calls('no-answer') }
  await service.operator.doctor()
  expect(await calls('ok')).toBeGreaterThan(before.ok)
  answer = { error: { code: -32005, message: 'limit exceeded' } }
  await service.operator.doctor()
  expect(await calls('error')).toBeGreaterThan(before.error)
  answer = { neither: true }
  await service.operator.doctor()
  expect(await calls('no-answer')).toBeGreaterThan(before.none)
  expect(counted(await metrics(), `chancery_node_call_seconds_count{network="${network}"}`)).toBeGreaterThan(2)
  expect((await metrics()).join('\n')).not.toContain(`:${(node.address() as AddressInfo).port}`)
})
