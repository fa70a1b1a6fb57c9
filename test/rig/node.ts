/**
 * Says which Node runs the built command: the one that runs the tests, or the one that a project of
 * vitest.config.ts names, so that one test can be about every Node. Tests run on the former in any case.
 */
export const NODE = process.env['AGENT_TEST_NODE'] || process.execPath
