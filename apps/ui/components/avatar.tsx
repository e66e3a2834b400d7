import './avatar.css'

/** Patterns that avatar.css draws. */
const PATTERNS = 8
const HUES = 24
const TURNS = 8

function hash (text: string): number {
  let value = 2166136261
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619)
  // Neighbouring keys end alike: the bits are mixed once more.
  value = Math.imul(value ^ value >>> 15, 2246822507)
  return (value ^ value >>> 13) >>> 0
}

export interface Look { hue: number, secondHue: number, pattern: number, turn: number }

/**
 * Returns what stays with a key on every device, and tells two people of one name apart: two hues, a pattern, and how far it is turned.
 * RULE: from the key, never from the name, which anyone can claim.
 */
export function lookOf (key: string): Look {
  const value = hash(key)
  const hue = value % HUES * (360 / HUES)
  const rest = Math.floor(value / HUES)
  return {
    hue,
    secondHue: (hue + 60 + 30 * (rest % 7)) % 360,
    pattern: Math.floor(rest / 7) % PATTERNS,
    turn: Math.floor(rest / 7 / PATTERNS) % TURNS / TURNS
  }
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const firstOf = (word: string): string => segmenter.segment(word)[Symbol.iterator]().next().value?.segment ?? ''

/** First letters of the first and the last word: "Amber Otter 42" → "AO"; digits only count when there is nothing else. */
export function initialsOf (name: string): string {
  // The part of the key behind a name that looks like another is no word of it.
  const words = name.replace(/ · [a-z2-9]{4}$/, '').split(/[\s.·_-]+/).filter((word) => /^\P{L}?\p{L}/u.test(word))
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name]
  return picked.map((word) => firstOf((word ?? '').replace(/^[^\p{L}](?=\p{L})/u, ''))).join('').toUpperCase()
}

interface AvatarProps {
  /** Whose letters stand in it. */
  name: string
  /** Root key of the person, or tag of the room; null for somebody who has none yet. */
  of: string | null
  size?: number
  shape?: 'round' | 'room'
}

export function Avatar ({ name, of, size = 36, shape = 'round' }: AvatarProps) {
  const look = of === null || of === '' ? null : lookOf(of)
  const style: Record<string, string | number> = look === null ? {} : { '--hue': look.hue, '--hue2': look.secondHue, '--turn': `${look.turn}turn` }
  return (
    <span
      className={`avatar avatar-${shape} ${look === null ? 'avatar-plain' : `avatar-pattern-${look.pattern}`}`} aria-hidden="true"
      style={{ '--size': `${size}px`, ...style } as React.CSSProperties}
    >
      {initialsOf(name)}
    </span>
  )
}
