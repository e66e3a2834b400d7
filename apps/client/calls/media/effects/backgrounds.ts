/** What can be seen behind somebody. The plain ones are drawn, so they cost no file. */
export const BACKGROUNDS = ['none', 'blur', 'dusk', 'meadow', 'paper', 'slate', 'picture'] as const
export type Background = (typeof BACKGROUNDS)[number]

/** From the top to the bottom. */
export const GRADIENTS: Readonly<Partial<Record<Background, readonly [string, string]>>> = {
  dusk: ['#3b3f6b', '#c98a7d'],
  meadow: ['#a9cbe0', '#6f9a68'],
  paper: ['#f3f1ed', '#f3f1ed'],
  slate: ['#2e3137', '#2e3137']
}
