import { build } from './build/build.ts'

try {
  console.log(`built packages/chancery/dist: ${build()} files`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
