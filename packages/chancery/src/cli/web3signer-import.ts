/** `chancery slashing import-web3signer`: straight from the database of a Web3Signer. */
import type { InterchangeResult } from '@chancery/client'
import { UsageError, type Command, type Given, type Terminal } from './command.ts'
import { connect } from './connection.ts'
import { readSecretText } from './reading.ts'
import { mergeResults } from './slashing-file.ts'
import { forceFlag, progressOn } from './slashing-flags.ts'
import { report, send } from './slashing-import.ts'

export const web3signerImport: Command = {
  name: 'slashing import-web3signer',
  about: 'Take over what a Web3Signer signed, from its PostgreSQL database; nothing there is changed',
  takes: [],
  flags: {
    'url-file': {
      type: 'string',
      value: '<file>',
      about: 'File of mode 0600 with postgres://user:password@host/database',
    },
    tls: { type: 'boolean', about: 'Speak TLS to it, and verify its certificate' },
    ...forceFlag,
  },
  examples: ['chancery slashing import-web3signer --url-file web3signer.url'],
  run: takeOver,
}

async function takeOver(given: Given, terminal: Terminal): Promise<number> {
  const file = given.text('url-file')
  if (file === undefined) throw new UsageError('Name the file that holds the URL: --url-file <file>')
  const url = await readSecretText(file, terminal)
  const client = connect(given, terminal)
  const { openWeb3Signer } = await import('../compose.ts')
  const source = await openWeb3Signer(url, given.has('tls') ? 'verify' : 'none')
  const results = new Map<string, InterchangeResult>()
  try {
    const progress = progressOn(terminal, source.validators)
    for await (const { metadata, data } of source.parts()) {
      mergeResults(results, await send(client, { metadata, data }, { forced: given.has('force') }))
      progress(results.size)
    }
  } finally {
    await source.close()
  }
  const { slot, epoch } = source.highWatermark ?? {}
  const bounds = [slot !== undefined && `--slot ${slot}`, epoch !== undefined && `--epoch ${epoch}`].filter(Boolean)
  if (bounds.length > 0) {
    const command = `chancery slashing watermark ${bounds.join(' ')} --set-high-watermark`
    terminal.note(`Its high watermark was not taken over. To set it here: ${command}`)
  }
  return report(given, terminal, [...results.values()])
}
