/** A file of a package as it was before a patch of ours: to show that the patch is still needed. */
import { expect } from 'vitest'

/**
 * @param diff all of `patches/<package>.patch`
 * @param file the end of the file's path in it
 * Fails when the patch is not applied.
 */
export function unapplyPatch (source: string, diff: string, file: string): string {
  const part = diff.split(/^diff --git /m).find((one) => one.split('\n', 1)[0]?.endsWith(file) === true)
  const hunks = (part ?? '').split(/^@@.*$/m).slice(1).map((hunk) => hunk.split('\n').slice(1).filter((line) => /^[ +-]/.test(line)))
  expect(hunks.length, `the patch says nothing of ${file}`).toBeGreaterThan(0)
  const side = (hunk: string[], sign: string): string => hunk.filter((line) => line.startsWith(' ') || line.startsWith(sign)).map((line) => line.slice(1)).join('\n')
  return hunks.reduce((text, hunk) => {
    expect(text, 'patches/ is not applied: npm run setup').toContain(side(hunk, '+'))
    return text.replace(side(hunk, '+'), () => side(hunk, '-'))
  }, source)
}
