/**
 * Web3Signer's key configurations: YAML documents that say where a key is. Those that stand in files are taken; of every
 * other type it is said what to do instead. https://docs.web3signer.consensys.io/reference/key-config-file-params
 */
import { dirname, resolve } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { nearest } from '../../base/nearest.ts'
import { fault, filesIn, readPassword, readSmall } from './files.ts'
import { keystoreSource } from './keystores.ts'
import type { LoadingRooms } from './rooms.ts'
import type { KeyFile, KeySource } from './source.ts'

/** As Web3Signer's `--key-store-config-file-max-size` where it is not given. */
const configLimit = 104_448

/** @throws Refused when the folder cannot be read */
export async function keyConfigsIn(
  folder: string,
  readDocuments: LoadingRooms['readDocuments'],
): Promise<readonly KeyFile[]> {
  const found = await filesIn(folder, /\.ya?ml$/i)
  return found.map(({ path, stamp }) => ({ path, stamp, open: () => sourcesIn(path, readDocuments) }))
}

async function sourcesIn(path: string, readDocuments: LoadingRooms['readDocuments']): Promise<readonly KeySource[]> {
  const documents = parse(await readSmall(path, configLimit), path, readDocuments)
  if (documents.length === 0) throw fault(`${path} holds no key configuration`)
  const name = (index: number) => (documents.length === 1 ? path : `${path}, document ${index + 1}`)
  return Promise.all(documents.map((document, index) => sourceOrFault(document, path, name(index))))
}

function parse(text: string, path: string, readDocuments: LoadingRooms['readDocuments']): readonly Json[] {
  try {
    return readDocuments(text)
  } catch {
    // What it would say may show a private key.
    throw fault(`${path} is no YAML without anchors, aliases and tags`)
  }
}

/** A document that is wrong hides no other one: it says so when its secret is wanted. */
async function sourceOrFault(document: Json, path: string, name: string): Promise<KeySource> {
  try {
    return await sourceOf(document, path, name)
  } catch (error) {
    return { name, secret: () => Promise.reject(error) }
  }
}

async function sourceOf(document: Json, path: string, name: string): Promise<KeySource> {
  if (!isJsonObject(document))
    throw fault('A key configuration is members by name: type, keyType and what belongs to it')
  const type = textOf(document, 'type')
  const members = membersOf(type)
  refuseUnknown(document, [...members, 'type', 'keyType'])
  refuseKeyType(document)
  const [first = '', second = ''] = members.map((member) => textOf(document, member))
  if (type === 'file-raw') return { name, secret: async () => ({ format: 'hex', hex: first }) }
  const beside = (file: string) => resolve(dirname(path), file)
  return keystoreSource(name, beside(first), () => readPassword(beside(second)))
}

/** Absent, it is BLS. */
function refuseKeyType({ keyType = 'BLS' }: JsonObject): void {
  if (keyType === 'BLS') return
  throw fault('Only keys of keyType BLS are loaded from here: import a secp256k1 key with chancery keys import')
}

const taken: Readonly<Record<string, readonly string[]>> = {
  'file-raw': ['privateKey'],
  'file-keystore': ['keystoreFile', 'keystorePasswordFile'],
}

const kms = 'enrol the key where it is: chancery keys enrol --backend aws-kms <key>'
const fetched = 'write the key as an EIP-2335 keystore and name that with type file-keystore; it is sealed here once'

const insteadOf: Readonly<Record<string, string>> = {
  hashicorp: `keys are not fetched from HashiCorp Vault: ${fetched}`,
  'azure-secret': `keys are not fetched from Azure Key Vault: ${fetched}`,
  'aws-secret': `keys are not fetched from AWS Secrets Manager: ${fetched}`,
  'azure-key': 'keys of Azure Key Vault are not used',
  'aws-kms': kms,
  yubihsm: `YubiHSM 2 is not used: ${fetched}`,
  'usb-armory': `USB Armory is not used: ${fetched}`,
}

function membersOf(type: string): readonly string[] {
  const members = taken[type]
  if (members !== undefined) return members
  const instead = insteadOf[type]
  if (instead !== undefined) throw fault(`Type ${type}: ${instead}`)
  throw fault(`There is no such type of key configuration; those taken are ${Object.keys(taken).join(' and ')}`)
}

function refuseUnknown(document: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(document).find((name) => !known.includes(name))
  if (unknown === undefined) return
  // In a file of secrets even a name may be one that slipped: only those near a real name are shown.
  const meant = nearest(unknown, known)
  throw fault(
    meant === undefined ? 'It has a member that is not known' : `It has a member that is not ${meant}, but nearly`,
  )
}

function textOf(document: JsonObject, name: string): string {
  const value = document[name]
  if (typeof value === 'string' && value !== '') return value
  throw fault(`The key configuration has no ${name}`)
}
