/** A client's way to the running service: over the network, with its API key. The operator's socket signs and pays nothing. */
import { createClient, type Client } from '@chancery/client'
import { UsageError, type Flags, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { readSecretText } from './reading.ts'

export const clientFlags: Flags = {
  'api-key-file': {
    type: 'string',
    value: '<file>',
    about: "The client's API key, in a file of mode 0600 (default: asked for)",
  },
  url: { type: 'string', value: '<url>', about: 'Where the service listens (default: http://127.0.0.1:9000)' },
}

/** For what the operator may see too. */
export const readerFlags: Flags = {
  'api-key-file': {
    type: 'string',
    value: '<file>',
    about: 'Ask as a client, with its API key from a file of mode 0600 (default: as the operator of this machine)',
  },
  url: { type: 'string', value: '<url>', about: 'Ask as a client, where the service listens' },
}

/** Asks for the API key where no file of it is named. @throws UsageError for what is none, which is not repeated */
export async function connectAsClient(given: Given, terminal: Terminal): Promise<Client> {
  const file = given.text('api-key-file')
  const text = file === undefined ? await terminal.askHidden('API key: ') : await readSecretText(file, terminal)
  const apiKey = text.trim()
  // What no header can hold, the error of the request would repeat.
  if (/^[\x21-\x7e]+$/.test(apiKey)) return clientAt(given.text('url') ?? 'http://127.0.0.1:9000', apiKey)
  throw new UsageError(`${file ?? 'What was typed'} is no API key: one line, as chancery clients create shows it`)
}

export async function connectAsReader(given: Given, terminal: Terminal): Promise<Client> {
  const asClient = given.text('api-key-file') !== undefined || given.text('url') !== undefined
  return asClient ? connectAsClient(given, terminal) : connect(given, terminal)
}

/** A URL may hold an API key, so it is not repeated either. */
function clientAt(url: string, apiKey: string): Client {
  try {
    return createClient({ url, apiKey })
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`--url: ${error.message}`)
    throw error
  }
}
