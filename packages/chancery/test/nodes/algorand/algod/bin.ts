/** algod for tests and tours, its ledger in memory: `node bin.ts [--port N] [--token T] [--genesis-id I --genesis-hash H]`. */
import { createMemoryLedger } from './memory-ledger.ts'
import { runProgram } from './program.ts'

await runProgram(createMemoryLedger())
