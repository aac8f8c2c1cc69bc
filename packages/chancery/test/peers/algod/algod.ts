/** algod for tests, its ledger by `@algo-builder/runtime`: `node algod.ts [--port N] [--token T] [--genesis-id I --genesis-hash H]`. */
import { runProgram } from '../../nodes/algorand/algod/program.ts'
import { installRuntime } from './runtime.ts'
import { createRuntimeLedger } from './runtime-ledger.ts'

installRuntime()
await runProgram(createRuntimeLedger())
