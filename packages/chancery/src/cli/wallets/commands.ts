/** `chancery wallets …`, in the order of the overview. */
import type { Command } from '../command.ts'
import { addressCommand } from './address.ts'
import { costCommand } from './cost.ts'
import { createCommand } from './create.ts'
import { importCommand } from './import.ts'
import { walletLifeCommands } from './life.ts'
import { migrateCommands } from './migrate.ts'
import { walletPolicyCommands } from './policy.ts'
import { seedCreate, seedImport } from './seed.ts'
import { walletSweepCommands } from './sweep.ts'

export const walletCommands: readonly Command[] = [
  createCommand,
  importCommand,
  ...walletLifeCommands,
  addressCommand,
  ...walletSweepCommands,
  ...walletPolicyCommands,
  seedCreate,
  seedImport,
  ...migrateCommands,
  costCommand,
]
