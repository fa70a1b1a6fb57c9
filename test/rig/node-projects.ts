/**
 * Says which tests of the built command run on the other Nodes, as projects of vitest: AGENT_TEST_ON_NODES=some
 * takes those that are about what differs between Nodes, as .ci/run does, `all` takes all below test/cli. Left
 * out, there are none of them, and no projects. The sweeps of FULL=1 are run whole on the Node on the PATH only.
 */
import { otherNodes } from './other-nodes.ts'
import { isRun } from './requirement.ts'

/** What starts, signals and ends processes; `other-nodes` is about all of them as well. */
const ON_EACH = ['process', 'signals']
/** Dealt out among the Nodes: what is kept, what speaks TLS, what loads files, and what ends tools that hang. */
const ON_ONE = ['journal', 'proxy', 'tool-files', 'write-grace', 'tool-faults-process']

export type NodeProject = { name: string; include: string[]; exclude: string[]; env: Record<string, string> }

/** @throws Error where a Node is absent that is insisted on */
export function nodeProjects(): NodeProject[] {
  const wanted = process.env['AGENT_TEST_ON_NODES'] ?? ''
  if (wanted === '') return []
  if (wanted !== 'some' && wanted !== 'all') throw new Error(`AGENT_TEST_ON_NODES is "some" or "all", not "${wanted}"`)
  const found = otherNodes()
  return found.flatMap(({ major, path }, index) => {
    if (!isRun(`node-${major}`, path !== null)) return []
    if (path === null) throw new Error(`Node ${major} is insisted on and absent`)
    const files =
      wanted === 'all' ? ['*'] : [...ON_EACH, ...ON_ONE.filter((_, place) => place % found.length === index)]
    return {
      name: `node ${major}`,
      include: files.map((name) => `test/cli/${name}.test.ts`),
      // It is about all other Nodes by itself.
      exclude: ['test/cli/other-nodes.test.ts'],
      env: { AGENT_TEST_NODE: path, FULL: '' },
    }
  })
}
