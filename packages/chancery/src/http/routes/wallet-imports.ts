/** Wallets that were kept elsewhere: what taking them in would come to, and taking them in. */
import { Type } from 'typebox'
import type { ImportPlan } from '../../core/wallets.ts'
import { route, takesNothing, type Incoming, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { address, asset, form, networkName, userId, walletShape, walletView } from '../wallet-views.ts'
import { walletExample } from './examples.ts'
import { creationRefuses } from './wallets.ts'

const record = {
  userId: '123',
  address: 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
  asset: 'BTC',
  network: 'testnet',
  kmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  providerId: walletExample.providerId,
  status: 'CREATED',
  createdAt: '2024-01-15T10:30:00.000Z',
} as const

const recordBody = s.named(
  'ImportedWallet',
  Type.Object(
    {
      userId,
      address,
      asset,
      network: networkName,
      kmsKeyId: Type.String({ minLength: 1, maxLength: 2_048 }),
      providerId: Type.String({ pattern: '^[-A-Za-z0-9]{1,64}$' }),
      status: Type.String({ maxLength: 64 }),
      createdAt: s.time,
    },
    s.closed,
  ),
)

const importRecord = route({
  ...takesNothing,
  id: 'importWallet',
  method: 'POST',
  path: '/v1/wallets/import',
  part: 'wallets',
  access: 'client',
  summary: 'Take in a wallet that was kept elsewhere',
  description:
    'A record of the original collection, whose key is in AWS KMS and tagged for this installation. The address is derived ' +
    "from the key: a record whose address is not its key's is refused, and nothing is taken in. Needs `admin`.",
  query: Type.Object(
    {
      shadow: Type.Optional(
        s.oneOf(['true', 'false'], {
          description: 'true: its old signer goes on paying, and nothing is paid from here',
        }),
      ),
    },
    s.closed,
  ),
  body: recordBody,
  seconds: 30,
  reply: { status: 201, description: 'The wallet', schema: walletShape },
  refuses: [...creationRefuses, 'invalid-payload', 'version-conflict'],
  example: { body: record, reply: { status: 201, body: { ...walletExample, tier: 'native' } } },
  handle: async ({ services, body, query: { shadow }, call }) => ({
    body: walletView(await services.wallets.import(body, call(), { shadow: shadow === 'true' })),
  }),
})

const planShape = s.named(
  'WalletImportPlan',
  Type.Object(
    {
      step: s.oneOf(['import', 'none', 'mend', 'tag', 'reach', 'retry', 'sweep'], {
        description:
          'what to do: import it, nothing (it is here), mend the record, tag its key for this installation, make the key ' +
          'reachable and enabled, ask again, or make a new wallet and sweep the old one, whose key cannot come',
      }),
      wallet: Type.Optional({ ...s.walletId, description: 'where it is here already' }),
      addressType: Type.Optional(form),
      problem: Type.Optional(s.problem),
    },
    s.closed,
  ),
)

const plan = route({
  ...takesNothing,
  id: 'planWalletImport',
  method: 'POST',
  path: '/v1/wallets/plan',
  part: 'wallets',
  access: 'client',
  summary: 'See what taking in a wallet would come to',
  description:
    'As `importWallet`, up to where something would be recorded: nothing is, and no key signs. Needs `admin`.',
  body: recordBody,
  seconds: 30,
  reply: { status: 200, description: 'What to do about the record', schema: planShape },
  refuses: ['denied', 'store-unavailable', 'store-corrupt'],
  example: { body: record, reply: { status: 200, body: { step: 'import', addressType: walletExample.addressType } } },
  handle: async ({ services, body, call, problem }) => ({
    body: planView(await services.wallets.planImport(body, call()), problem),
  }),
})

function planView({ step, wallet, form: addressType, problem }: ImportPlan, say: Incoming['problem']) {
  return {
    step,
    ...(wallet === undefined ? {} : { wallet }),
    ...(addressType === undefined ? {} : { addressType }),
    ...(problem === undefined ? {} : { problem: say(problem) }),
  }
}

export const walletImportRoutes: readonly Route[] = [plan, importRecord]
