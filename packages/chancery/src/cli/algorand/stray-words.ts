/** Mnemonics that stand where programs find them: noticed, never used, never shown. */
import type { Terminal } from '../command.ts'

/** 24 words or more of three to eight lower-case letters in a row: no sentence looks like this. */
export function holdsWords(text: string): boolean {
  return /(?:\b[a-z]{3,8}[\s,"']+){23,}[a-z]{3,8}\b/.test(text)
}

export function variablesWithWords(env: Terminal['env']): readonly string[] {
  return Object.entries(env).flatMap(([name, value = '']) => (holdsWords(value) ? [name] : []))
}

/** Said before a key is made or imported: somebody may think that the words in the environment count. */
export function noteStrayWords(terminal: Terminal): void {
  for (const name of variablesWithWords(terminal.env)) {
    terminal.note(`The variable ${name} holds words. They are not used; take them out once the key here signs.`)
  }
}
