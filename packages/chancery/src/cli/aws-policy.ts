/** `chancery aws policy`: least-privilege IAM and key policies for the calls the service really makes. */
import type { PolicyRole } from '../compose.ts'
import { UsageError, type Command } from './command.ts'

const roles: readonly PolicyRole[] = ['creator', 'signer', 'deleter', 'ssm', 'data-key']

export const awsPolicyCommand: Command = {
  name: 'aws policy',
  about: 'Print least-privilege IAM and key policies for AWS',
  takes: [],
  flags: {
    role: { type: 'string', value: 'creator|signer|deleter|ssm|data-key', about: 'Whose policy' },
    region: { type: 'string', value: '<region>', about: 'The region of the keys' },
    account: { type: 'string', value: '<digits>', about: 'The AWS account, twelve digits' },
    mfa: { type: 'boolean', about: 'Ask for a second factor on everything but looking' },
    'key-arn': { type: 'string', value: '<arn>', about: 'One key (default: every key with the owner tag)' },
    alias: { type: 'string', value: '<alias>', about: 'Only keys that also have this alias' },
    installation: { type: 'string', value: '<id>', about: 'Whose owner tag (default: any)' },
    path: { type: 'string', value: '<path>', about: 'Parameters, such as /confio/algorand/* (default: /chancery/*)' },
  },
  examples: [
    'chancery aws policy --role signer --region eu-central-1 --account 111122223333',
    "chancery aws policy --role ssm --path '/confio/algorand/*' --region eu-central-2 --account 111122223333",
    'chancery aws policy --role deleter --mfa --region eu-central-1 --account 111122223333',
  ],
  run: async (given, terminal) => {
    const role = roles.find((one) => one === given.text('role'))
    if (role === undefined) throw new UsageError('--role is creator, signer, deleter, ssm or data-key')
    const [region, account] = [given.text('region'), given.text('account')]
    if (region === undefined || account === undefined) throw new UsageError('Give --region and --account')
    const texts = {
      keyArn: given.text('key-arn'),
      alias: given.text('alias'),
      installation: given.text('installation'),
      path: given.text('path'),
    }
    const chosen = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
    const { awsPolicy } = await import('../compose.ts')
    const policies = await awsPolicy(role, { region, account, mfa: given.has('mfa'), ...chosen })
    terminal.out(JSON.stringify(policies, undefined, 2))
    return 0
  },
}
