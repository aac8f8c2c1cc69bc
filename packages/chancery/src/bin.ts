/** Where the program starts; `launcher.js` has made sure that this Node can run it. */
import { readFileSync } from 'node:fs'
import { commandsOf } from './cli/commands.ts'
import { main } from './cli/main.ts'
import { systemTerminal } from './cli/terminal.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

// Whoever reads the output may have seen enough, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await main(process.argv.slice(2), commandsOf(version), version, systemTerminal)
