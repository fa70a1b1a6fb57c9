import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/rig/build-once.ts', 'test/rig/absent.ts'],
    // Empty otherwise, even as text.
    css: { include: /\.css\?raw$/ },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests start child processes that need the cores as well: a third file at once makes all of them late.
    maxWorkers: 2,
    coverage: { include: ['src/**', 'tools/**'] },
  },
})
