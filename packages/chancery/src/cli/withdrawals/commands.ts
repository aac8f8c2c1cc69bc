/** `chancery withdrawals …`, in the order of the overview. */
import type { Command } from '../command.ts'
import { create } from './create.ts'
import { payForParent, raiseFee } from './fees.ts'
import { list, show } from './look.ts'

export const withdrawalCommands: readonly Command[] = [create, list, show, raiseFee, payForParent]
