/** How windows and destinations call what they count for. At most 256 characters, whatever a user is called. */
import { sha256, toHex, utf8 } from '../../base/bytes.ts'

const readable = /^[!-~]{1,128}$/

/** The word before a name says whether it is the name: `user 123`, or `user-sha256 9f86…` for a long or unprintable one. */
export function userScope(user: string): string {
  return readable.test(user) ? `user ${user}` : `user-sha256 ${toHex(sha256(utf8(user))).slice(2)}`
}

/** What the scopes of a rule's windows begin with. A rule's name holds no space. */
export function ruleScope(rule: string): string {
  return `wallet-policy ${rule}`
}

/** Counts the payments of all wallets, by whatever rule. No rule's scope begins so: `*` is in no rule's name. */
export const everyPayment = 'wallet-policy * all'
