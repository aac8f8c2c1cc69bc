/** `chancery aws policy`: least-privilege IAM and key policies for the calls the service really makes. */
import type { Layout, PolicyOptions, PolicyRole } from '../compose.ts'
import { UsageError, type Command, type Given } from './command.ts'

const roles: readonly PolicyRole[] = ['creator', 'signer', 'deleter']
const layouts: readonly Layout[] = ['kms', 'ssm', 'data-key']
const algorithms = ['secp256k1-ecdsa', 'ed25519'] as const

export const awsPolicyCommand: Command = {
  name: 'aws policy',
  about: 'Print least-privilege IAM and key policies for AWS',
  takes: [],
  flags: {
    role: {
      type: 'string',
      value: 'creator|signer|deleter|ssm|data-key',
      about: 'Whose policy, or a layout: of all roles',
    },
    layout: { type: 'string', value: 'kms|ssm|data-key', about: 'Where private keys are (default: kms)' },
    region: { type: 'string', value: '<region>', about: 'The region of the keys' },
    account: { type: 'string', value: '<digits>', about: 'The AWS account, twelve digits' },
    mfa: { type: 'boolean', about: 'Ask for a second factor on everything but looking' },
    'key-arn': { type: 'string', value: '<arn>', about: 'One key (default: every key with the owner tag)' },
    alias: { type: 'string', value: '<alias>', about: 'Only keys that also have this alias' },
    algorithm: {
      type: 'string',
      value: 'secp256k1-ecdsa|ed25519',
      about: 'Of the keys (default: both, for kms the first)',
      multiple: true,
    },
    installation: { type: 'string', value: '<id>', about: 'Whose owner tag (default: any)' },
    path: { type: 'string', value: '<path>', about: 'Parameters, such as /confio/algorand/* (default: /chancery/*)' },
    'purge-after': {
      type: 'string',
      value: '<date>',
      about: 'Since when the deleter may take parameters away (default: never)',
    },
  },
  examples: [
    'chancery aws policy --role signer --region eu-central-1 --account 111122223333',
    "chancery aws policy --role ssm --path '/confio/algorand/*' --region eu-central-2 --account 111122223333",
    'chancery aws policy --role signer --layout data-key --region eu-central-2 --account 111122223333',
    'chancery aws policy --role deleter --mfa --region eu-central-1 --account 111122223333',
  ],
  run: async (given, terminal) => {
    const { role, layout } = whose(given)
    const options = optionsIn(given, layout)
    const { awsPolicies } = await import('../compose.ts')
    const policies = await awsPolicies(options)
    const one = role === undefined ? policies : policies[role]
    if (one === undefined) throw new UsageError(`A ${role} has nothing to do in AWS with keys of the layout ${layout}`)
    terminal.out(JSON.stringify(one, undefined, 2))
    return 0
  },
}

/** `--role ssm` means every role of that layout. */
function whose(given: Given): { readonly role?: PolicyRole; readonly layout: Layout } {
  const [said, laid] = [given.text('role'), given.text('layout')]
  const role = roles.find((one) => one === said)
  const all = layouts.find((one) => one === said)
  if (role === undefined && all === undefined && (said !== undefined || laid === undefined)) {
    throw new UsageError('--role is creator, signer, deleter, ssm or data-key')
  }
  const layout = laid === undefined ? (all ?? 'kms') : layouts.find((one) => one === laid)
  if (layout === undefined) throw new UsageError('--layout is kms, ssm or data-key')
  if (all !== undefined && all !== layout) throw new UsageError(`Give --role ${all} or --layout ${layout}, not both`)
  return { layout, ...(role && { role }) }
}

function optionsIn(given: Given, layout: Layout): PolicyOptions {
  const [region, account] = [given.text('region'), given.text('account')]
  if (region === undefined || account === undefined) throw new UsageError('Give --region and --account')
  const path = given.text('path')
  if (path !== undefined && !/^\/[^/]/.test(path))
    throw new UsageError('--path starts with /, such as /confio/algorand/*')
  const texts = {
    keyArn: given.text('key-arn'),
    alias: given.text('alias'),
    installation: given.text('installation'),
    path,
    purgeAfter: dateIn(given.text('purge-after')),
  }
  const chosen = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
  return { region, account, layout, mfa: given.has('mfa'), algorithms: algorithmsIn(given, layout), ...chosen }
}

function algorithmsIn(given: Given, layout: Layout): readonly (typeof algorithms)[number][] {
  const said = given.texts('algorithm')
  const strange = said.find((name) => !algorithms.some((one) => one === name))
  if (strange !== undefined) throw new UsageError('--algorithm is secp256k1-ecdsa or ed25519')
  if (said.length > 0) return algorithms.filter((one) => said.includes(one))
  return layout === 'kms' ? ['secp256k1-ecdsa'] : algorithms
}

/** As IAM reads dates. */
function dateIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError(`--purge-after is a date such as 2026-12-21, got ${text}`)
  return new Date(time).toISOString().replace('.000Z', 'Z')
}
