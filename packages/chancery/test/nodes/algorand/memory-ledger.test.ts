import { createMemoryLedger } from './algod/memory-ledger.ts'
import { ledgerContract } from './ledger-contract.ts'

ledgerContract(createMemoryLedger)
