/**
 * Flags of Node that a node is started with; docs/HOSTING.md has the same. On a machine with much memory V8 lets young objects fill up to
 * 128 MB before it looks which of them are still in use: more than 500 devices need.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=4']
