/** Lodestar 1.5.1 as a program: `node lodestar.ts`, asked and answering as `protocol.ts` says. Ends with its input. */
import { createInterface } from 'node:readline'
import { fromHex } from '../../../src/base/bytes.ts'
import { sign } from './client.ts'
import { loadLodestar, type SlashingProtection } from './modules.ts'
import { emptyProtection, judge } from './protection.ts'
import type { Question } from './protocol.ts'

const lodestar = await loadLodestar()
let protection = emptyProtection(lodestar)

async function answerTo(asked: Question): Promise<object> {
  switch (asked.question) {
    case 'judge': {
      const verdicts: (string | null)[] = []
      for (const duty of asked.duties) verdicts.push(await judge(protection, duty))
      return { verdicts }
    }
    case 'import':
      return { stopped: await stopped(protection, asked.interchange, asked.genesisValidatorsRoot) }
    case 'export': {
      const keys = asked.publicKeys.map((key) => fromHex(key))
      const root = fromHex(asked.genesisValidatorsRoot)
      return { interchange: await protection.exportInterchange(root, keys, { version: '5' }) }
    }
    case 'forget':
      protection = emptyProtection(lodestar)
      return {}
    case 'upCheck':
      return { up: await lodestar.validator.externalSignerUpCheck(asked.url) }
    case 'publicKeys':
      return { publicKeys: await lodestar.validator.externalSignerGetKeys(asked.url) }
    case 'sign':
      return await sign(lodestar, asked)
  }
}

async function stopped(by: SlashingProtection, interchange: object, root: string): Promise<string | null> {
  try {
    await by.importInterchange(interchange, fromHex(root))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(JSON.parse(line) as Question).catch((error: unknown) => ({
    fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
