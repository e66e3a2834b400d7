/** Two different places of `count`, in their order; by chance, so that nobody learns which are asked for. */
export function pickTwo (count: number, random: () => number = Math.random): [number, number] {
  const first = Math.floor(random() * count)
  const step = 1 + Math.floor(random() * (count - 1))
  const second = (first + step) % count
  return first < second ? [first, second] : [second, first]
}

/** The place of the first asked word that was typed wrong; null when all are right. Case and spaces around do not count. */
export function firstWrong (phrase: readonly string[], asked: readonly number[], typed: readonly string[]): number | null {
  return asked.find((at, index) => typed[index]?.trim().toLowerCase() !== phrase[at]) ?? null
}

/** The words of what was typed or pasted, also with numbers before them, commas or line breaks between them. */
export const splitWords = (text: string): string[] => text.toLowerCase().split(/[^\p{L}]+/u).filter(Boolean)
