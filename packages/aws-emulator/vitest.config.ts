import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { name: 'aws-emulator', include: ['test/**/*.test.ts'] },
})
