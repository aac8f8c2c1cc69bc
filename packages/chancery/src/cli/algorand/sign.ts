/** `chancery algorand sign`: transactions from files, by a client that may. The operator's socket signs nothing. */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isJsonObject } from '../../base/json.ts'
import { clientFlags, connectAsClient } from '../as-client.ts'
import { UsageError, type Command, type Given, type Terminal } from '../command.ts'
import { keyOf, networkFlag, networkOf } from './names.ts'

export const sign: Command = {
  name: 'algorand sign',
  about: 'Sign transactions from files, with the API key of a client that may',
  takes: ['[name]'],
  flags: {
    ...networkFlag,
    in: {
      type: 'string',
      value: '<file>',
      multiple: true,
      about: 'An unsigned transaction, binary or base64; a group: each of its files in order',
    },
    multisig: {
      type: 'string',
      value: '<file>',
      about: 'Sign as a member of this multisig: JSON with version, threshold and addrs',
    },
    'auth-addr': {
      type: 'string',
      value: '<address>',
      about: 'The address of the key, or of the multisig, where the sender was rekeyed to it',
    },
    out: {
      type: 'string',
      value: '<file>',
      about: 'Write the signed ones there, one behind the other (default: print base64)',
    },
    ...clientFlags,
  },
  examples: [
    'chancery algorand sign confio-testnet-sponsor --network testnet --in pay.txn --out pay.stxn',
    'chancery algorand sign drawer --network testnet --in pay.txn --multisig multisig.json --auth-addr ABC…',
  ],
  run: async (given, terminal) => {
    const network = networkOf(given, terminal)
    if (network === undefined) throw new UsageError('Say which network the transactions are for: --network testnet')
    const files = given.texts('in')
    if (files.length === 0) throw new UsageError('Name the file of an unsigned transaction: --in pay.txn')
    const transactions = await Promise.all(files.map((file) => readTransaction(file, terminal)))
    const by = await signedBy(given, terminal)
    const client = await connectAsClient(given, terminal)
    const request = { network, transactions: transactions.map((txn) => ({ txn, ...by })) }
    const { result } = await client.sign(keyOf(given, terminal), request)
    return show(given, terminal, signedOf(result))
  },
}

/** As in ARC-1; the service checks what is in it. */
async function signedBy(given: Given, { cwd }: Terminal) {
  const [file, authAddr] = [given.text('multisig'), given.text('auth-addr')]
  const msig = file === undefined ? undefined : await readMultisig(file, cwd)
  return { ...(msig && { msig }), ...(authAddr !== undefined && { authAddr }) }
}

type Multisig = Readonly<{ version: 1; threshold: number; addrs: readonly string[] }>

async function readMultisig(file: string, cwd: string): Promise<Multisig> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch(() => '')
  try {
    const value: unknown = JSON.parse(text)
    if (isMultisig(value)) return value
  } catch {
    // What is wrong with it is said below, without repeating it.
  }
  throw new UsageError(`${file} is not of the form { "version": 1, "threshold": 1, "addrs": ["…", "…"] }`)
}

function isMultisig(value: unknown): value is Multisig {
  if (!isJsonObject(value)) return false
  const { version, threshold, addrs } = value
  return (
    version === 1 &&
    typeof threshold === 'number' &&
    Array.isArray(addrs) &&
    addrs.every((one) => typeof one === 'string')
  )
}

/** Base64 is text in its own alphabet; MessagePack begins with a byte that no text has. */
async function readTransaction(file: string, { cwd }: Terminal): Promise<string> {
  const bytes = await readFile(resolve(cwd, file)).catch(() => {
    throw new UsageError(`Cannot read ${file}`)
  })
  const text = bytes.toString('latin1').trim()
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? text : bytes.toString('base64')
}

function signedOf(result: Readonly<Record<string, unknown>>): readonly string[] {
  const { transactions } = result
  return Array.isArray(transactions) ? transactions.filter((one) => typeof one === 'string') : []
}

async function show(given: Given, terminal: Terminal, signed: readonly string[]): Promise<number> {
  const out = given.text('out')
  if (out === undefined) terminal.out(given.has('json') ? JSON.stringify({ transactions: signed }) : signed.join('\n'))
  else {
    const bytes = Buffer.concat(signed.map((text) => Buffer.from(text, 'base64')))
    await writeFile(resolve(terminal.cwd, out), bytes, { flag: 'wx' }).catch(() => {
      throw new UsageError(`Cannot write ${out}: it exists already, or its folder does not`)
    })
    terminal.note(`${signed.length} signed, written to ${out}`)
  }
  return 0
}
