/** `npm run tour`: a newcomer's first minute. Starts everything on this machine, shows what it does, leaves nothing. */
import { parseArgs } from 'node:util'
import { walk as walkAlgorand } from './algorand/walk.ts'
import { backUp, restoreBackup } from './backups.ts'
import { killAll } from './child.ts'
import { useCompatibleRoutes } from './compatible.ts'
import { surviveKill } from './crash.ts'
import { giveRules, makeKeys, registerClient } from './keys.ts'
import { signMessages } from './messages.ts'
import { findEdit, verifyRegister } from './register.ts'
import { serve } from './service.ts'
import { createSteps, TourStopped, type Steps } from './steps.ts'
import { beRefused, sendEachKind, sendForNothing, sendTwice } from './transactions.ts'
import { walk as walkWallets } from './wallets/walk.ts'
import { buildWorld } from './world.ts'

const usage = `npm run tour [-- [evm|algorand|wallets] [--json]]

Starts nodes, a stand-in for AWS and the service on this machine, takes you through what Chancery does, and ends and
removes all of it. Needs no network, no account and no key. The exit status is 0 when every step passed.

  evm        two EVM nodes: keys, rules, signing, crashes and backups (the tour unless you name one)
  algorand   a testnet of your own: sponsor accounts in AWS, from creation to recovery without AWS
  wallets    seven coins on networks of your own: deposits, withdrawals, refusals, migration and back
  --json     one JSON document at the end instead of a line for each step`

type Walk = (steps: Steps, stack: AsyncDisposableStack) => Promise<void>

async function walkEvm(steps: Steps, stack: AsyncDisposableStack): Promise<void> {
  const { step, chapter } = steps
  chapter('Everything on this machine')
  const world = await step('Two EVM nodes, one of them without gas, and a stand-in for AWS', () => buildWorld(stack))
  const first = await step('$ chancery serve', async (tell) => {
    const service = await serve(world.home)
    tell(`${service.url}, reference at ${service.url}/docs`)
    return service
  })

  chapter('Keys, rules and clients')
  const keys = await makeKeys(steps, world)
  await giveRules(steps, world, keys)
  const { client, connect } = await registerClient(steps, world, first, keys)

  chapter('Signing')
  await sendEachKind(steps, world, client, keys)
  await sendForNothing(steps, world, client, keys.kms)
  await sendTwice(steps, client, keys.sealed)
  await signMessages(steps, client, keys)
  await beRefused(steps, client, keys.kms)
  await useCompatibleRoutes(steps, world, first)

  chapter('When things go wrong')
  const second = await surviveKill(steps, world, first, connect, keys.kms)
  await verifyRegister(steps, world)
  await backUp(steps, world)
  await findEdit(steps, world)
  await restoreBackup(steps, world, second, connect, keys.sealed)
}

const walks: ReadonlyMap<string, Walk> = new Map([
  ['evm', walkEvm],
  ['algorand', walkAlgorand],
  ['wallets', walkWallets],
])

/** A signal kills what was started: the step that waits for it fails, and the tour ends as after any failure. */
function endOnSignal(): void {
  process.once('SIGINT', killAll)
  process.once('SIGTERM', killAll)
  process.once('exit', killAll)
}

async function main(): Promise<number> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return (console.log(usage), 0)
  const [name = 'evm', ...more] = positionals
  const walk = walks.get(name)
  if (walk === undefined || more.length > 0) return (console.error(`There is no such tour.\n\n${usage}`), 2)
  const began = performance.now()
  const steps = createSteps(values.json ? () => {} : (line) => console.log(line))
  const failure = await tour(walk, steps)
  const passed = steps.told.filter(({ ok }) => ok).length
  // A fault between two steps is one that did not pass.
  const all = Math.max(steps.told.length, failure === undefined ? 0 : passed + 1)
  const seconds = Math.round((performance.now() - began) / 100) / 10
  const sum = { passed, steps: all, seconds, told: steps.told }
  console.log(values.json ? JSON.stringify(sum, undefined, 2) : `\n${seconds} s\ntour: ${passed}/${all} steps passed`)
  return passed === all ? 0 : 1
}

async function tour(walk: Walk, steps: Steps): Promise<unknown> {
  await using stack = new AsyncDisposableStack()
  endOnSignal()
  try {
    await walk(steps, stack)
    return undefined
  } catch (error) {
    if (!(error instanceof TourStopped)) console.error(error)
    return error
  }
}

process.exitCode = await main()
