import { expect, test } from './harness/index.ts'
import { FIRST_LOAD_GOAL_KB, isFont, listFirstLoad, measureSent } from './harness/first-load.ts'

test('the sign-in screen stands before much has been fetched, and before anything of rooms and calls', async ({ browser, node }) => {
  const files = await listFirstLoad(browser)
  const sent = await measureSent(node.origin, files.filter((file) => !isFont(file)))
  const bytes = [...sent.values()].reduce((sum, size) => sum + size, 0)
  // The shell and the client at least: a list that lacks them would prove nothing.
  expect(files.filter((file) => /assets\/(?:shell|client)-/.test(file)).length).toBeGreaterThan(2)
  expect(bytes / 1000).toBeLessThanOrEqual(FIRST_LOAD_GOAL_KB)
  expect(files.filter((file) => /assets\/(?:session|rooms|calls?)-/.test(file))).toEqual([])
})
