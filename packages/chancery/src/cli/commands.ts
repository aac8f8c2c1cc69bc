/** Every command there is, in the order of the overview. */
import { algorandCommands } from './algorand/commands.ts'
import { auditCommands } from './audit.ts'
import { auditReconcile } from './audit-reconcile.ts'
import { auditVerify } from './audit-verify.ts'
import { awsPolicyCommand } from './aws-policy.ts'
import { backupCommand } from './backup.ts'
import { clientCommands } from './clients.ts'
import type { Command } from './command.ts'
import { doctorCommand } from './doctor.ts'
import { eth2Command } from './eth2.ts'
import { drillCommand } from './drill.ts'
import { freezeCommands } from './freeze.ts'
import { keyCommands } from './keys.ts'
import { restoreCommand } from './restore.ts'
import { ruleCommands } from './rules.ts'
import { serveCommand } from './serve.ts'
import { validatorCommands } from './validators.ts'
import { slashingCommands } from './slashing.ts'
import { walletCommands } from './wallets/commands.ts'
import { withdrawalCommands } from './withdrawals/commands.ts'

export function commandsOf(version: string): readonly Command[] {
  return [
    serveCommand(version),
    eth2Command(version),
    ...keyCommands,
    ...validatorCommands,
    ...algorandCommands,
    ...clientCommands,
    ...ruleCommands,
    ...walletCommands,
    ...withdrawalCommands,
    ...freezeCommands,
    ...slashingCommands,
    doctorCommand,
    ...auditCommands,
    auditVerify,
    auditReconcile,
    backupCommand,
    restoreCommand,
    drillCommand,
    awsPolicyCommand,
  ]
}
