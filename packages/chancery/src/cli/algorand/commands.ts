/** `chancery algorand …`, with the flags that older scripts of such teams were called with. */
import type { Command } from '../command.ts'
import { cancelDeletion, deleteAccount, rotate } from './change.ts'
import { create, enrol, importAccount } from './create.ts'
import { doctor } from './doctor.ts'
import { address, list, test } from './look.ts'
import { sign } from './sign.ts'

const olderName = (command: Command, flag: string): Command => ({
  ...command,
  name: `algorand ${flag}`,
  about: `The same as chancery ${command.name}`,
})

export const algorandCommands: readonly Command[] = [
  create,
  importAccount,
  enrol,
  list,
  address,
  sign,
  test,
  rotate,
  deleteAccount,
  cancelDeletion,
  doctor,
  olderName(create, '--create-new'),
  olderName(importAccount, '--import-existing'),
  olderName(list, '--list'),
]
