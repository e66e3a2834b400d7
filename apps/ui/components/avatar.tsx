import './avatar.css'

/** A colour that stays with its owner: the same key gives the same hue on every device. */
export function hueOf (key: string): number {
  let hash = 2166136261
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 16777619)
  return (hash >>> 0) % 360
}

/** First letters of the first and the last word: "Amber Otter 42" → "AO"; digits only count when there is nothing else. */
export function initialsOf (name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => /\p{L}/u.test(word))
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name]
  return picked.map((word) => firstLetter(word ?? '')).join('').toUpperCase()
}

const firstLetter = (word: string): string => word === '' ? '' : String.fromCodePoint(word.codePointAt(0) ?? 0)

export function Avatar ({ name, hueKey = name, size = 36, shape = 'round' }: { name: string, hueKey?: string, size?: number, shape?: 'round' | 'room' }) {
  return (
    <span
      className={`avatar avatar-${shape}`} aria-hidden="true"
      style={{ '--hue': hueOf(hueKey), '--size': `${size}px` } as React.CSSProperties}
    >
      {initialsOf(name)}
    </span>
  )
}
