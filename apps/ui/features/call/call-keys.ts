/** Which key does what in a running call. Pure, so that what is listed is what works. */

/** Single letters; they count only where nothing is being typed, and can be switched off (WCAG 2.1.4). */
export const CALL_KEYS = { mute: 'm', video: 'v', sharing: 's', deafen: 'd', hand: 'h', fullScreen: 'f' } as const
export type CallCommand = keyof typeof CALL_KEYS

interface Pressed { key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean, repeat: boolean }

export function commandOf (pressed: Pressed): CallCommand | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.shiftKey || pressed.repeat) return null
  const key = pressed.key.toLowerCase()
  return (Object.keys(CALL_KEYS) as CallCommand[]).find((command) => CALL_KEYS[command] === key) ?? null
}

/** Whether a key writes something: such a one is left to whoever types. */
export const isWriting = (code: string): boolean => /^(?:Key|Digit|Numpad|Bracket|Intl)|^(?:Space|Backquote|Minus|Equal|Backslash|Semicolon|Quote|Comma|Period|Slash|Enter|Backspace|Delete|Tab)$/.test(code)

/** Keys that would lock somebody in or out of the page if they were taken for talking. */
export const canTalkWith = (code: string): boolean => code !== '' && !['Tab', 'Escape', 'Enter', 'Unidentified', 'MetaLeft', 'MetaRight'].includes(code)

/** What is printed on a key, for those whose code does not say so. */
export const keyName = (code: string): string =>
  code.replace(/^Key|^Digit/, '').replace(/^Backquote$/, '`').replace(/^Numpad/, 'Num ').replace(/(Left|Right)$/, ' ($1)').replace('Control', 'Ctrl')
