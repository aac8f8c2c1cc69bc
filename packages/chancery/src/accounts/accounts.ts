/** Accounts that outlive their keys: looked at, tested, handed to another key. */
import type { Accounts } from '../core/accounts.ts'
import { handOver } from './hand-over.ts'
import { list } from './list.ts'
import type { AccountRooms } from './rooms.ts'
import { test } from './test.ts'

export function createAccounts(rooms: AccountRooms): Accounts {
  return {
    list: (page, call) => list(rooms, page, call),
    test: (name, how, call) => test(rooms, name, how, call),
    handOver: (name, to, how, call) => handOver(rooms, name, to, how, call),
  }
}
