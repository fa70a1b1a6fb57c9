import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/rig/build-once.ts', 'test/rig/absent.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most tests wait for child processes; more files than cores at once keep both cores busy.
    maxWorkers: 3,
    coverage: { include: ['src/**', 'tools/**'] },
  },
})
