/** What changes a validator for good: never a duty, always an authority that a rule must name. */
import { equal, toHex } from '../../../base/bytes.ts'
import { refusal } from '../../../core/refusals.ts'
import { blsToExecutionChange as change } from '../containers/execution.ts'
import { depositMessage, version, voluntaryExit as exit } from '../containers/phase0.ts'
import { container } from '../ssz/container.ts'
import { rootOf } from '../ssz/form.ts'
import { readAs, shownFields, type Duty, type Reading } from './duty.ts'

export const voluntaryExit: Duty = {
  operation: 'sign:voluntary-exit',
  fields: ['voluntary_exit'],
  schema: exit.schema,
  domain: '0x04000000',
  domainRule: 'exit',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where) {
    const { value, root } = readAs(exit, payload, where)
    const effects = [{ kind: 'authority', what: 'voluntaryExit' }] as const
    return { root, epoch: value.epoch, effects, summary: shownFields(value) }
  },
}

const depositRequest = container({ ...depositMessage.fields, genesis_fork_version: version })

/** What is signed are the first three fields: the version stands in the domain. */
export const deposit: Duty = {
  operation: 'sign:deposit',
  fields: ['deposit'],
  schema: depositRequest.schema,
  domain: '0x03000000',
  domainRule: 'genesis',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where, reading) {
    const value = depositRequest.read(payload, where)
    requireOwnKey(value.pubkey, `${where}.pubkey`, reading)
    requireOwnVersion(value.genesis_fork_version, `${where}.genesis_fork_version`, reading)
    const to = toHex(value.withdrawal_credentials)
    const effects = [{ kind: 'authority', what: 'deposit', to }] as const
    return { root: rootOf(depositMessage, value), effects, summary: shownFields(value) }
  },
}

/** Signed by the key that the withdrawal credentials name, which seldom is the one that signs duties. */
export const blsToExecutionChange: Duty = {
  operation: 'sign:bls-change',
  fields: ['bls_to_execution_change', 'BLS_TO_EXECUTION_CHANGE'],
  schema: change.schema,
  domain: '0x0A000000',
  domainRule: 'change',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where, reading) {
    const { value, root } = readAs(change, payload, where)
    requireOwnKey(value.from_bls_pubkey, `${where}.from_bls_pubkey`, reading)
    const to = toHex(value.to_execution_address)
    const effects = [{ kind: 'authority', what: 'blsToExecutionChange', to }] as const
    return { root, effects, summary: shownFields(value) }
  },
}

/** @throws Refused where the message is about another key than the one that signs it. */
export function requireOwnKey(pubkey: Uint8Array, where: string, { publicKey }: Reading): void {
  if (equal(pubkey, publicKey.bytes)) return
  throw refusal('invalid-payload', `${where} is not the key that signs`, where, toHex(pubkey), toHex(publicKey.bytes))
}

function requireOwnVersion(got: Uint8Array, where: string, { network }: Reading): void {
  const wanted = network.forks.phase0.version
  if (toHex(got) === wanted) return
  throw refusal(
    'wrong-network',
    `The deposit is for another network than ${network.network}`,
    where,
    toHex(got),
    wanted,
  )
}
