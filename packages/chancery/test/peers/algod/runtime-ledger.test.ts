/** The same groups against a third party's ledger semantics. No real algod is run here: there is none on npm or in Debian. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { nodeAt, soon } from '../../nodes/algorand/fixture.ts'
import { ledgerContract } from '../../nodes/algorand/ledger-contract.ts'
import { installRuntime } from './runtime.ts'
import { createRuntimeLedger } from './runtime-ledger.ts'

beforeAll(installRuntime)

describe('@algo-builder/runtime', () => ledgerContract(createRuntimeLedger))

test('runs as a program of its own', async () => {
  const program = fileURLToPath(new URL('./algod.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url, ledger } = JSON.parse(line) as { url: string; ledger: string }
  expect(ledger).toBe('runtime')
  await expect(nodeAt(new URL(url)).parameters(soon())).resolves.toMatchObject({ minFee: 1_000n })
})
