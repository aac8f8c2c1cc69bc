/** What teams with sponsor accounts may count on. */
import { checkTable, idsOf } from './table.ts'

checkTable('algorand.md', idsOf('A', 17))
