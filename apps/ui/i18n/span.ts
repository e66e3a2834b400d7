import { inWords } from '#shared/span.ts'

export const spanEn = (ms: number): string => inWords(ms)
/** Behind "um", which takes the accusative. */
export const spanDe = (ms: number): string => inWords(ms, [['Minute', 'Minuten'], ['Stunde', 'Stunden'], ['Tag', 'Tage']])
