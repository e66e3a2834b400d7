/** Text of others where one line of it is shown: names of rooms, of whoever invites, of files. */

/**
 * Reorders what stands around it, or cannot be seen: control characters, marks of direction, fillers, the blank pattern of Braille. Joiners and variation
 * selectors, which emoji and some scripts are written with, stay.
 */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\ufff9-\ufffb\u2800\u{1d159}]|(?!\u200c|\u200d|\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/gu
/** More than two accents of no script on one letter: they would run into the lines above and below. */
const STACKED = /(\p{Script=Inherited}{2})[\p{Mn}\p{Me}]+/gu

/**
 * Returns one line that says what it seems to say, without what hides in it; empty when nothing can be seen. Emoji stay as they are, joiners and variation
 * selectors of theirs included.
 */
export function cleanLine (text: string): string {
  const line = text.replace(HIDDEN, (char) => /\s/.test(char) ? ' ' : '').replace(STACKED, '$1').replace(/\s+/gu, ' ').trim()
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(line) ? line : ''
}
