/**
 * The library: what a program needs that runs the service inside itself. The command line does the same in `serve`.
 *
 * `loadConfig` reads what `chancery serve` would read; `startService` opens store, keys and listeners and hands over
 * `services`. A caller is a `Principal`: `operatorPrincipal` administers and signs nothing; the others come from
 * `services.authenticator`, so that grants hold inside the process as they do outside.
 */
export { systemClock } from '../base/clock.ts'
export type { Clock } from '../base/clock.ts'
export { deadlineIn } from '../base/deadline.ts'
export type { Deadline } from '../base/deadline.ts'
export { Secret } from '../base/secret.ts'
export { ConfigError, loadConfig, operatorPrincipal, startService } from '../compose.ts'
export type { AskHidden, Config, LoadOptions, Problem, Service, Surroundings } from '../compose.ts'
export type { ClientRecord, Grant, Principal } from '../core/access.ts'
export type { Signed } from '../core/chain.ts'
export type { Check, Decision } from '../core/decision.ts'
export type { Call } from '../core/call.ts'
export { Failed, Refused } from '../core/errors.ts'
export type { Code, Particulars } from '../core/errors.ts'
export type { KeyRecord } from '../core/key.ts'
export type { CreateKey, ImportSecret, Keyring } from '../core/keyring.ts'
export type { Network, Operation, SignOperation } from '../core/names.ts'
export { noRules } from '../core/rules.ts'
export type { Rules } from '../core/rules.ts'
export type {
  Authenticator,
  Clients,
  Freezing,
  Health,
  NewClient,
  Operator,
  RegisterReader,
  Relay,
  SendTransaction,
  Services,
  Signing,
  SignReply,
  SignRequest,
  Verdict,
} from '../core/services.ts'
export type { TransactionView } from '../core/transactions.ts'
export type {
  CreateKmsKey,
  CreateWallet,
  HashSignature,
  KeySpec,
  SweepRequest,
  Wallets,
  WalletView,
  Withdrawal,
  WithdrawRequest,
} from '../core/wallets.ts'
