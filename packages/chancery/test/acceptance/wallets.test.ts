/** What those who keep wallets for users may count on. */
import { checkTable, idsOf } from './table.ts'

checkTable('wallets.md', [...idsOf('P', 25), ...idsOf('J', 7)])
