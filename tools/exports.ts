import { writeExports } from './checks/exports.ts'

writeExports()
