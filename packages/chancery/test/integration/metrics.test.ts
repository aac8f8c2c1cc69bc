/** What the service tells about its peers, AWS KMS and blockchain nodes, and about the keys of validators. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { devnet, devnetRoot, devnetSpecification, openDevnet } from './beacon-service.ts'
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
  useCredentials(emulator.credentials)
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

const metrics = async (of = service) => (await of.ask('GET', '/metrics')).body.split('\n')

function counted(lines: readonly string[], sample: string): number {
  return Number(
    lines
      .find((line) => line.startsWith(`${sample} `))
      ?.split(' ')
      .at(-1) ?? 0,
  )
}

test('what may come of a request to AWS is 0 before the first one, and so is what may be wrong with an address', async () => {
  const { region } = emulator
  const lines = await metrics()
  expect(lines).toContain(
    `chancery_kms_attempts_total{operation="ScheduleKeyDeletion",region="${region}",outcome="final"} 0`,
  )
  expect(lines).toContain('chancery_address_validation_failures_total{family="evm",reason="derived"} 0')
  expect(lines).toContain('chancery_problems_total{code="store-corrupt"} 0')
})

test('the look for keys that no record names is made by itself, and doctor tells of it', async () => {
  const { looking, findings } = await service.operator.orphanKeys()
  expect([looking, findings]).toEqual([false, [{ subject: 'orphan keys', level: 'ok', got: 'none' }]])
  expect(await service.operator.doctor()).toContainEqual(findings[0])
  await expect.poll(metrics).toContain('chancery_orphan_keys 0')
})

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

const attestation = (block: string) => ({
  type: 'ATTESTATION',
  fork_info: {
    fork: { previous_version: '0x00000000', current_version: devnetSpecification.ALTAIR_FORK_VERSION, epoch: '1' },
    genesis_validators_root: devnetRoot,
  },
  attestation: {
    slot: '65',
    index: '0',
    beacon_block_root: `0x${block.repeat(32)}`,
    source: { epoch: '1', root: `0x${'02'.repeat(32)}` },
    target: { epoch: '2', root: `0x${'03'.repeat(32)}` },
  },
})

test("duties are counted, timed and told apart, under our names and Web3Signer's", async () => {
  const beacon = await openDevnet(2)
  onTestFinished(() => beacon.end())
  const [key = ''] = beacon.publicKeys
  const grant = { operations: ['sign:attestation'] as const, keys: '*' as const, networks: [devnet] as const }
  const { secret: token } = await beacon.service.operator.clients.create({ name: 'validators', grants: [grant] })
  const sign = async (identifier: string, body: unknown) =>
    (await beacon.service.ask('POST', `/t/${token}/api/v1/eth2/sign/${identifier}`, { body })).status
  expect(await sign(key, attestation('11'))).toBe(200)
  expect(await sign(key, attestation('22'))).toBe(412)
  expect(await sign('12345', attestation('11'))).toBe(404)
  expect(await sign(key, { type: 'NONSENSE' })).toBe(400)
  const lines = await metrics(beacon.service)
  const expected = {
    'chancery_signatures_total{operation="sign:attestation",outcome="signed"}': 1,
    'chancery_signatures_total{operation="sign:attestation",outcome="refused"}': 1,
    'chancery_duties_total{kind="attestation",verdict="permitted"}': 1,
    'chancery_duties_total{kind="attestation",verdict="prevented"}': 1,
    'chancery_signature_seconds_count{operation="sign:attestation"}': 1,
    'chancery_record_seconds_count{kind="attestation"}': 1,
    'chancery_validator_keys{protection="protected"}': 2,
    'chancery_validator_keys{protection="unprotected"}': 0,
    'chancery_loading_state{state="idle"}': 1,
    'chancery_backend_waiting{backend="sealed"}': 0,
    signing_signers_loaded_count: 2,
    signing_bls_signing_duration_count: 1,
    signing_bls_missing_identifier_count_total: 1,
    http_bls_malformed_request_count_total: 1,
    eth2_slashingprotection_permitted_signings_total: 1,
    eth2_slashingprotection_prevented_signings_total: 1,
    'eth2_slashingprotection_database_duration_count{signingOperation="attestation"}': 1,
  }
  const seen = Object.fromEntries(Object.keys(expected).map((sample) => [sample, counted(lines, sample)]))
  expect(seen).toEqual(expected)
  expect(counted(lines, 'chancery_register_items_total')).toBeGreaterThan(0)
  for (const publicKey of beacon.publicKeys) expect(lines.join('\n')).not.toContain(publicKey.slice(2, 20))
  expect(lines.join('\n')).not.toContain(token)
})

test('health counts validator keys that came by the API, and no longer those that are gone', async () => {
  const beacon = await openDevnet(2)
  onTestFinished(() => beacon.end())
  const loaded = async () => {
    const { checks } = JSON.parse((await beacon.service.ask('GET', '/healthcheck')).body) as {
      readonly checks: readonly { readonly id: string; readonly data?: object }[]
    }
    return checks.find(({ id }) => id === 'keys-check')?.data
  }
  expect(await loaded()).toEqual({ 'keys-loaded': 2, 'error-count': 0 })
  await beacon.service.operator.keys.disable(beacon.publicKeys[0] ?? '')
  expect(await loaded()).toEqual({ 'keys-loaded': 1, 'error-count': 0 })
})
