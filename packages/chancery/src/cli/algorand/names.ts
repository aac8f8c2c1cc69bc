/** What an operator means by a network and by a key: our flags first, then the variables such teams have already. */
import { nearest } from '../../base/nearest.ts'
import { isNetwork, type Network } from '../../core/names.ts'
import { UsageError, type Flags, type Given, type Terminal } from '../command.ts'

const networks: Readonly<Record<string, Network>> = {
  mainnet: 'algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k',
  testnet: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe',
  betanet: 'algorand:mFgazF-2uRS1tMiL9dsj01hJGySEmPN2',
}

export const networkFlag: Flags = {
  network: {
    type: 'string',
    value: '<network>',
    about: 'mainnet, testnet, betanet or a CAIP-2 id (default: CONFIO_ENV, else the only one configured)',
  },
}

export const nameFlags: Flags = {
  ...networkFlag,
  project: { type: 'string', value: '<project>', about: 'What the names of its keys and paths begin with' },
  role: { type: 'string', value: '<role>', about: 'What the account is for (default: sponsor)' },
  name: { type: 'string', value: '<name>', about: 'The whole name (default: <project>-<network>-<role>)' },
}

interface Names {
  readonly network: Network
  /** As people call the network. */
  readonly networkName: string
  readonly project: string
  readonly name: string
}

/** @throws UsageError for a network nobody knows by this name */
export function networkOf(given: Given, { env }: Terminal): Network | undefined {
  const text = given.text('network') ?? nonEmpty(env['CONFIO_ENV'])
  if (text === undefined) return undefined
  const known = networks[text]
  if (known !== undefined) return known
  if (isNetwork(text) && text.startsWith('algorand:')) return text
  const meant = nearest(text, Object.keys(networks))
  throw new UsageError(
    `"${text}" is no network of Algorand: mainnet, testnet, betanet or a CAIP-2 id.${meant ? ` Did you mean ${meant}?` : ''}`,
  )
}

/** As people call it. */
export function networkNameOf(network: string): string {
  return Object.keys(networks).find((name) => networks[name] === network) ?? network.slice(network.indexOf(':') + 1)
}

/** For a key that is to be made. @throws UsageError for what is not said */
export function namesOf(given: Given, terminal: Terminal): Names {
  const network = networkOf(given, terminal)
  if (network === undefined) throw new UsageError('Say which network the key is for: --network testnet')
  const networkName = networkNameOf(network)
  const name = given.text('name') ?? aliasIn(terminal.env, networkName)
  const project = given.text('project') ?? name?.split('-')[0]
  if (project === undefined || project === '') throw new UsageError('Say whose key it is: --project confio, or --name')
  return { network, networkName, project, name: name ?? `${project}-${networkName}-${given.text('role') ?? 'sponsor'}` }
}

/** The key a command is about: named, or the one the variables name for the network. @throws UsageError */
export function keyOf(given: Given, terminal: Terminal): string {
  const [word] = given.words
  if (word !== undefined) return word
  const network = networkOf(given, terminal)
  const alias = network && aliasIn(terminal.env, networkNameOf(network))
  if (alias !== undefined) return alias
  throw new UsageError(
    'Say which key is meant: its name, or --network with KMS_KEY_ALIAS_TESTNET or KMS_KEY_ALIAS_MAINNET',
  )
}

/** The variables that name a key, with what they name: one for each network people have a name for. */
export function aliasesIn(env: Terminal['env']): readonly { readonly variable: string; readonly alias: string }[] {
  return Object.keys(networks).flatMap((name) => {
    const alias = aliasIn(env, name)
    return alias === undefined ? [] : [{ variable: aliasVariable(name), alias }]
  })
}

/** With or without AWS's `alias/`. */
function aliasIn(env: Terminal['env'], networkName: string): string | undefined {
  return nonEmpty(env[aliasVariable(networkName)])?.replace(/^alias\//, '')
}

/** KMS_KEY_ALIAS_TESTNET, KMS_KEY_ALIAS_MAINNET. */
function aliasVariable(networkName: string): string {
  return `KMS_KEY_ALIAS_${networkName.toUpperCase()}`
}

/**
 * ALGORAND_SPONSOR_ADDRESS is the account of the key that the variables name: one that is another was set for another key.
 * @throws UsageError
 */
export function requireExpected(account: string, given: Given, { env }: Terminal): void {
  const expected = nonEmpty(env['ALGORAND_SPONSOR_ADDRESS'])
  if (given.words.length > 0 || expected === undefined || expected === account) return
  throw new UsageError(
    `ALGORAND_SPONSOR_ADDRESS is ${expected}, and the key signs for ${account}: one of them is wrong`,
  )
}

/** USE_KMS_SIGNING=False means: no cloud. */
export function backendOf(given: Given, { env }: Terminal): string {
  const chosen = given.text('backend')
  if (chosen !== undefined) return chosen
  const use = nonEmpty(env['USE_KMS_SIGNING'])?.toLowerCase()
  if (use === undefined || ['true', '1', 'yes', 'on'].includes(use)) return 'aws-kms'
  if (['false', '0', 'no', 'off'].includes(use)) return 'sealed'
  throw new UsageError('USE_KMS_SIGNING is True or False')
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
