/** Everything that the tour left behind is looked through for what nobody may see. */
import { glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chancery, command, type RunningService } from '../service.ts'
import { must, until, type Steps } from '../steps.ts'
import type { Accounts } from './accounts.ts'
import { filesBelow, plant, search } from './secrets.ts'
import type { World } from './world.ts'

export async function lookThrough(
  steps: Steps,
  world: World,
  services: readonly [RunningService, RunningService],
  accounts: Accounts,
): Promise<void> {
  await collect(steps, world, services)
  await findPlanted(steps, world, accounts)
  await findNothing(steps, world, accounts)
}

async function collect(
  { step }: Steps,
  { folder, home, refuge, wire }: World,
  services: readonly [RunningService, RunningService],
) {
  const [first, second] = services
  await step(
    'Backups, the register, metrics and health of both services are written down, and doctor looks at them',
    async () => {
      for (const [one, { url }] of [
        [home, first],
        [refuge, second],
      ] as const) {
        await command(one, 'backup', 'backup')
        await command(one, 'audit', 'export', 'register.jsonl')
        await chancery(one, 'algorand', 'doctor')
        for (const path of ['metrics', 'healthcheck']) {
          const reply = await fetch(`${url}/${path}`)
          await writeFile(join(one.folder, path), await reply.text())
        }
      }
    },
  )
  await step('$ kill -USR2, kill -9: a report of the process, and a store that was not closed', async (tell) => {
    first.program.signal('SIGUSR2')
    tell(await until('the report', () => wholeReport(folder)))
    const status = await first.program.end('SIGKILL')
    must(status === 'SIGKILL', `it ended with ${status}`)
    await second.program.end('SIGTERM')
    await writeFile(join(folder, 'service.log'), first.program.said())
    await writeFile(join(folder, 'refuge.log'), second.program.said())
    await writeFile(join(folder, 'algod.log'), wire.passed(), 'latin1')
  })
}

async function wholeReport(folder: string): Promise<string | undefined> {
  for await (const name of glob('crashes/report.*.json', { cwd: folder })) {
    const text = await readFile(join(folder, name), 'utf8')
    return text.trimEnd().endsWith('}') ? name : undefined
  }
  return undefined
}

/** What there has to be among the files: a search that looks at nothing finds nothing. */
const expected = [
  'service.log',
  'refuge.log',
  'algod.log',
  'aws-calls.jsonl',
  'crashes/report',
  ...['service', 'refuge'].flatMap((home) => [
    `${home}/chancery-data/store.sqlite`,
    `${home}/backup/store.sqlite`,
    `${home}/register.jsonl`,
    `${home}/metrics`,
  ]),
  'service/chancery-data/store.sqlite-wal',
]

async function everything({ folder, printed }: World): Promise<readonly (readonly [string, string])[]> {
  const files = await filesBelow(folder)
  const missing = expected.filter((start) => !files.some(([path, text]) => path.startsWith(start) && text !== ''))
  must(missing.length === 0, `there is nothing in ${missing.join(', ')}`)
  return [...files, ...printed]
}

async function findPlanted({ step }: Steps, world: World, { secrets }: Accounts): Promise<void> {
  await step('Planted on purpose, each secret is found as text, hex, base64, base64url and numbers', async () => {
    const missed = await plant(world.folder, secrets, async () => search(secrets, await everything(world)))
    must(missed.length === 0, `not found: ${missed.join('; ')}`)
  })
}

async function findNothing({ step }: Steps, world: World, { secrets }: Accounts): Promise<void> {
  await step('Not planted, none is found: not the words, not the seed, not the private key', async (tell) => {
    const all = await everything(world)
    const found = search(secrets, all)
    must(found.length === 0, `found: ${found.join('; ')}`)
    const { length } = all.map(([, text]) => text).join('')
    tell(
      `${all.length - world.printed.size} files and what ${world.printed.size} commands printed, ${Math.round(length / 1_000)} kB`,
    )
  })
}
