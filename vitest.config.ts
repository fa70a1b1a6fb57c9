import { defineConfig } from 'vitest/config'
import { nodeProjects } from './test/rig/node-projects.ts'

const settings = {
  // Empty otherwise, even as text.
  css: { include: /\.css\?raw$/ },
  testTimeout: 30_000,
  hookTimeout: 30_000,
}
const onOwnNode = { ...settings, include: ['test/**/*.test.ts'] }
const others = nodeProjects().map((project) => ({ test: { ...settings, ...project } }))

export default defineConfig({
  test: {
    ...onOwnNode,
    ...(others.length > 0 && {
      projects: [{ test: { ...onOwnNode, name: `node ${process.versions.node}` } }, ...others],
    }),
    globalSetup: ['test/rig/build-once.ts', 'test/rig/shared-caches.ts', 'test/rig/absent.ts'],
    // Tests start child processes that need the cores as well: a third file at once makes all of them late.
    maxWorkers: 2,
    coverage: { include: ['src/**', 'tools/**'] },
  },
})
