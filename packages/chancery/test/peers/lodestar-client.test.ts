/** Lodestar's validator client, which is nobody's idea of it: it lists keys and signs through the service, and is refused. */
import { PublicKey, Signature, verify } from '@chainsafe/blst'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, type Hex } from '../../src/base/bytes.ts'
import type { JsonObject } from '../../src/base/json.ts'
import { dutyOperations } from '../../src/core/names.ts'
import { devnetRoot, devnetSpecification, openDevnet, type BeaconService } from '../integration/beacon-service.ts'
import type { Interchange } from '../../src/core/validators.ts'
import { randomPrivateKey, testKeystore } from '../validators/keystores.ts'
import { startLodestar, type LodestarPeer } from './lodestar/peer.ts'
import { lodestarTypes, type LodestarMessage, type LodestarType } from './lodestar/protocol.ts'

const { DENEB_FORK_VERSION: _, ...specification } = devnetSpecification
const network = { specification, genesisValidatorsRoot: devnetRoot }

const root = (byte: string): Hex => `0x${byte.repeat(32)}`
/** Where a validator's coins go from now on. */
const payee: Hex = `0x${'0e'.repeat(20)}`
const credentials: Hex = `0x01${'00'.repeat(11)}${payee.slice(2)}`
/** Who is paid for its blocks. */
const recipient: Hex = `0x${'0f'.repeat(20)}`
const signature: Hex = `0xa1${'07'.repeat(95)}`

let beacon: BeaconService
let lodestar: LodestarPeer
/** As its operator writes it, with the API key in the path: Lodestar sends no header of its own. */
let url: string

beforeAll(async () => {
  lodestar = startLodestar()
  beacon = await openDevnet(3)
  const operations = [...dutyOperations, 'sign:voluntary-exit', 'sign:deposit', 'sign:bls-change'] as const
  const grants = [{ operations: [...operations, 'keys:read'] as const, keys: '*' as const, networks: '*' as const }]
  const { secret: apiKey } = await beacon.service.operator.clients.create({ name: 'lodestar', grants })
  const { rules } = beacon.service.operator
  const { value, version } = await rules.get(key(0))
  const authorities = ['voluntaryExit', 'deposit', 'blsToExecutionChange']
  await rules.put(key(0), { ...value, operations, authorities, delegates: [payee, credentials] }, version)
  url = `${beacon.service.url}/t/${apiKey}`
})

afterAll(async () => {
  await lodestar.stop()
  await beacon.end()
})

function key(index: number): Hex {
  const publicKey = beacon.publicKeys[index]
  if (publicKey === undefined) throw new Error(`there is no key ${index}`)
  return publicKey
}

const ask = (publicKey: Hex, message: LodestarMessage, at = url) =>
  lodestar.ask('sign', { url: at, publicKey, network, message })

/** @returns the signature, which is one over the root that Lodestar computed */
async function signed(publicKey: Hex, message: LodestarMessage): Promise<Hex> {
  const { signature: made, signingRoot, refusal } = await ask(publicKey, message)
  expect(refusal).toBeUndefined()
  const valid = verify(fromHex(signingRoot), PublicKey.fromHex(publicKey, true), Signature.fromHex(made ?? '', true))
  expect(valid).toBe(true)
  return made ?? '0x'
}

function vote(slot: number, source: number, byte = 'bb'): JsonObject {
  return {
    slot: String(slot),
    index: '0',
    beacon_block_root: root(byte),
    source: { epoch: String(source), root: root('01') },
    target: { epoch: String(Math.floor(slot / 32)), root: root('02') },
  }
}

function block(byte = 'cc'): JsonObject {
  return { proposer_index: '7', parent_root: root('03'), state_root: root(byte) }
}

/** What a client says at a slot, as far as the slot's fork has it. */
function dataOf(type: LodestarType, slot: number, publicKey: Hex): JsonObject {
  const epoch = Math.floor(slot / 32)
  switch (type) {
    case 'AGGREGATION_SLOT':
    case 'RANDAO_REVEAL':
      return {}
    case 'ATTESTATION':
      return vote(slot, Math.max(0, epoch - 1))
    case 'AGGREGATE_AND_PROOF': {
      const aggregate = { aggregation_bits: '0x0b', data: vote(slot, Math.max(0, epoch - 1)), signature }
      return { aggregator_index: '7', aggregate, selection_proof: signature }
    }
    case 'BLOCK_V2':
      return block()
    case 'DEPOSIT':
      return {
        pubkey: publicKey,
        withdrawal_credentials: credentials,
        amount: '32000000000',
        genesis_fork_version: specification.GENESIS_FORK_VERSION,
      }
    case 'VOLUNTARY_EXIT':
      return { epoch: String(epoch), validator_index: '7' }
    case 'SYNC_COMMITTEE_MESSAGE':
      return { beacon_block_root: root('bb') }
    case 'SYNC_COMMITTEE_SELECTION_PROOF':
      return { subcommittee_index: '3' }
    case 'SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF': {
      const of = { slot: String(slot), beacon_block_root: root('bb'), subcommittee_index: '3' }
      const contribution = { ...of, aggregation_bits: `0x${'81'.repeat(16)}`, signature }
      return { aggregator_index: '7', contribution, selection_proof: signature }
    }
    case 'VALIDATOR_REGISTRATION':
      return { fee_recipient: recipient, gas_limit: '30000000' }
    case 'BLS_TO_EXECUTION_CHANGE':
      return { validator_index: '7', from_bls_pubkey: publicKey, to_execution_address: payee }
  }
}

function message(
  type: LodestarType,
  slot: number,
  publicKey: Hex,
  data = dataOf(type, slot, publicKey),
): LodestarMessage {
  return { type, slot: String(slot), data }
}

test('finds the service up, and its keys', async () => {
  expect(await lodestar.ask('upCheck', { url })).toEqual({ up: true })
  const { publicKeys } = await lodestar.ask('publicKeys', { url })
  expect(publicKeys.toSorted()).toEqual(beacon.publicKeys.toSorted())
})

const forks = { phase0: 5, altair: 37, bellatrix: 69, capella: 101 }

describe.each(Object.entries(forks))('signs in %s', (_fork, slot) => {
  const types = lodestarTypes.filter((type) => slot > 32 || !type.startsWith('SYNC_'))

  test.each(types)('%s', async (type) => {
    expect(await signed(key(0), message(type, slot, key(0)))).toHaveLength(194)
  })
})

describe('is refused', () => {
  beforeAll(async () => {
    await signed(key(1), message('BLOCK_V2', 101, key(1)))
    await signed(key(1), message('ATTESTATION', 130, key(1), vote(130, 3)))
  })

  const conflicts: Readonly<Record<string, () => LodestarMessage>> = {
    'a second block for a slot': () => message('BLOCK_V2', 101, key(1), block('dd')),
    'a block before the last': () => message('BLOCK_V2', 100, key(1), block()),
    'a second vote for a target': () => message('ATTESTATION', 130, key(1), vote(130, 3, 'dd')),
    'a vote around another': () => message('ATTESTATION', 165, key(1), vote(165, 2)),
    'a vote from an epoch to itself': () => message('ATTESTATION', 165, key(1), vote(165, 5)),
  }

  test.each(Object.entries(conflicts))('%s, and told why', async (_name, conflicting) => {
    const { signature: made, refusal } = await ask(key(1), conflicting())
    expect(made).toBeUndefined()
    expect(JSON.parse(refusal ?? '')).toMatchObject({ code: 'conflicts-with-earlier' })
  })

  test('but not the same again, which has the same signature', async () => {
    const [again, once] = [message('BLOCK_V2', 101, key(1)), message('BLOCK_V2', 102, key(1))]
    expect(await signed(key(1), again)).toBe(await signed(key(1), again))
    expect(await signed(key(1), once)).toBe(await signed(key(1), once))
  })

  test('a key that is not here', async () => {
    const stranger: Hex = `0x93${'11'.repeat(47)}`
    const { refusal } = await ask(stranger, message('RANDAO_REVEAL', 101, stranger))
    expect(JSON.parse(refusal ?? '')).toMatchObject({ code: 'key-not-found' })
  })
})

describe('on this machine without an API key', () => {
  test('signs duties', async () => {
    const here = beacon.service.url
    const { publicKeys } = await lodestar.ask('publicKeys', { url: here })
    expect(publicKeys.toSorted()).toEqual(beacon.publicKeys.toSorted())
    expect(await ask(key(2), message('BLOCK_V2', 101, key(2)), here)).toMatchObject({ signature: expect.anything() })
  })

  test.each(['VOLUNTARY_EXIT', 'DEPOSIT', 'BLS_TO_EXECUTION_CHANGE'] as const)('%s it does not sign', async (type) => {
    const answer = await ask(key(2), message(type, 101, key(2)), beacon.service.url)
    expect(answer.signature).toBeUndefined()
    expect(JSON.parse(answer.refusal ?? '')).toMatchObject({ code: 'denied' })
  })
})

describe('a validator that moves', () => {
  const vote = (source: string, target: string, byte: string) =>
    ({ kind: 'attestation', source, target, root: root(byte) }) as const

  async function keymanager(method: 'POST' | 'DELETE', body: object): Promise<JsonObject> {
    const operations = ['keys:create', 'keys:delete', 'keys:read'] as const
    const grants = [{ operations, keys: '*' as const, networks: '*' as const }]
    const { secret } = await beacon.service.operator.clients.create({ name: `mover ${method}`, grants })
    const headers = { authorization: `Bearer ${secret}` }
    const reply = await beacon.service.ask(method, '/eth/v1/keystores', { headers, body })
    expect(reply.status).toBe(200)
    return JSON.parse(reply.body) as JsonObject
  }

  test('to Lodestar takes along what it signed here', async () => {
    await lodestar.ask('forget', {})
    const { data, slashing_protection: file } = await keymanager('DELETE', { pubkeys: [key(1)] })
    expect(data).toEqual([{ status: 'deleted' }])
    const interchange = JSON.parse(typeof file === 'string' ? file : '') as Interchange
    expect(await lodestar.ask('import', { interchange, genesisValidatorsRoot: devnetRoot })).toEqual({ stopped: null })
    const duties = [
      { publicKey: key(1), kind: 'block', slot: '101', root: root('0a') },
      { publicKey: key(1), kind: 'block', slot: '103', root: root('0a') },
      { publicKey: key(1), ...vote('2', '5', '0a') },
      { publicKey: key(1), ...vote('4', '5', '0a') },
    ] as const
    expect((await lodestar.ask('judge', { duties })).verdicts).toEqual([
      'ERR_INVALID_BLOCK_DOUBLE_BLOCK_PROPOSAL',
      null,
      'ERR_INVALID_ATTESTATION_NEW_SURROUNDS_PREV',
      null,
    ])
  })

  test('from Lodestar brings along what it signed there', async () => {
    await lodestar.ask('forget', {})
    const { text, password, publicKey } = await testKeystore(900, { privateKey: randomPrivateKey() })
    const duties = [
      { publicKey, kind: 'block', slot: '101', root: root('0b') },
      { publicKey, ...vote('3', '4', '0b') },
    ] as const
    expect((await lodestar.ask('judge', { duties })).verdicts).toEqual([null, null])
    const asked = { publicKeys: [publicKey], genesisValidatorsRoot: devnetRoot }
    const { interchange } = await lodestar.ask('export', asked)
    const slashing_protection = JSON.stringify(interchange)
    const imported = await keymanager('POST', { keystores: [text], passwords: [password], slashing_protection })
    expect(imported).toEqual({ data: [{ status: 'imported' }] })
    for (const one of [message('BLOCK_V2', 101, publicKey), message('ATTESTATION', 130, publicKey)]) {
      expect(JSON.parse((await ask(publicKey, one)).refusal ?? '')).toMatchObject({ code: 'conflicts-with-earlier' })
    }
    for (const one of [message('BLOCK_V2', 102, publicKey), message('ATTESTATION', 165, publicKey)]) {
      expect(await signed(publicKey, one)).toHaveLength(194)
    }
  })
})
