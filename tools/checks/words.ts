import type { Check, Finding } from '../finding.ts'
import { canaryFolder, filesBelow, readText, repositoryFiles } from '../source.ts'

interface Banned {
  readonly pattern: RegExp
  readonly why: string
}

// Each pattern is written so that it does not match its own source.
const banned: readonly Banned[] = [
  { pattern: /(?<![\w.])\/(work|root)\//i, why: 'a path of one machine' },
  { pattern: /(?<![\w.])\/home\/[a-z]/i, why: 'a path of one machine' },
  {
    pattern: /\b(registry[.]npmjs|registry[.]yarnpkg|deb[.]debian|security[.]debian|pypi[.]org)/i,
    why: 'a registry host',
  },
  { pattern: /"resolved": "https?:/, why: 'a lockfile must not name the registry it was made with' },
  { pattern: /\b(TO[D]O|FIX[M]E|XX[X]|not[ ]implemented)\b/, why: 'unfinished work' },
  { pattern: /\b(describe|it|test)[.]only\(/, why: 'hides the other tests' },
  { pattern: /@ts-(ignore|nocheck)\b/, why: 'hides what the compiler found' },
]

const badNames = /(^|\/)(utils?|helpers?|common|misc|manager|shared)(\/|\.[mc]?[jt]s$)/

/** Words, paths and file names that the repository must not contain. */
export const wordsCheck: Check = {
  name: 'words',
  run() {
    const files = repositoryFiles().filter((file) => !/\.(png|ico|wasm|tgz)$/.test(file))
    return {
      count: files.length,
      of: 'files',
      findings: files.flatMap((file) => [...badName(file), ...badWords(file, readText(file))]),
    }
  },
  /** The planted words are stored with an underscore in them, so that searching the repository does not find them. */
  canary: () =>
    filesBelow(canaryFolder('words')).flatMap((file) => [
      ...badName(file),
      ...badWords(file, readText(file).replaceAll('_', '')),
    ]),
}

function badName(file: string): Finding[] {
  return badNames.test(file) ? [{ file, line: 1, message: 'a name that says nothing about what is inside' }] : []
}

function badWords(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((content, index) =>
    banned.flatMap(({ pattern, why }) => {
      const match = pattern.exec(content)
      return match === null ? [] : [{ file, line: index + 1, message: `"${match[0]}": ${why}` }]
    }),
  )
}
