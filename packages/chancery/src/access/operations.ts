/** What each operation allows, in one table: the command line's help and the security page print these sentences. */
import type { Operation } from '../core/names.ts'

export const operationSentences: Readonly<Record<Operation, string>> = {
  'sign:transaction':
    'Sign transactions that the chain decodes and the rules of the key allow, on the granted networks.',
  'sign:message':
    'Sign messages meant for people to read (EIP-191 on EVM chains), never 32 bytes that could be a hash.',
  'sign:typed-data': 'Sign structured data (EIP-712) whose contract and type the rules of the key name.',
  'sign:authorization':
    'Sign authorizations that hand an account to contract code (EIP-7702), to delegates the rules name.',
  'sign:digest':
    'Sign bare digests with an opaque key: whatever they stand for, on any network. No rule can look inside.',
  'keys:read': 'See a granted key: its public key, address, state and rules.',
  'keys:create':
    'Create keys and import private keys. A fresh key may do nothing until an administrator writes its rules.',
  'keys:delete': 'Schedule the deletion of a granted key, cancel it, and purge the key after the window.',
  relay:
    'Have transactions of a granted key sent and followed on the granted networks. Signing them is a right of its own.',
  'register:read': 'Read the register: every attempt, refusal, signature and change, of all clients.',
  admin:
    'Administer clients, rules, enrolment, disabling, freezing and the register. Never a signature, nor a grant to itself.',
}

/** Operations that are about the service, not about one key: granted for all keys and networks or not at all. */
export const undivided: readonly Operation[] = ['admin', 'register:read']
