import type { NameMark } from '#client'
import type { namesEn } from './names-en.ts'

const marked: Record<NameMark, (name: string) => string> = {
  'unconfirmed': (name) => `${name} (unbestätigt)`,
  'look-alike': (name) => `${name} (Verwechslungsgefahr)`
}

export const namesDe: typeof namesEn = {
  names: {
    'unconfirmed': 'Name vom Knoten nicht bestätigt',
    'look-alike': 'Sieht aus wie der Name von jemand anderem, den du hier kennst',
    'lookAlikeShort': 'Gleicht einem anderen Namen',
    'marked': (name, mark) => mark === null ? name : marked[mark](name),
    'someone': 'Jemand',
    'unnamedRoom': 'Raum ohne Namen'
  },

  requests: {
    title: 'Nachrichtenanfragen',
    entry: (n) => `Anfragen · ${n}`,
    intro: 'Diese Personen möchten dir schreiben. Bis du annimmst, können sie dich weder anrufen noch sonst erreichen, und sie erfahren nicht, was du wählst.',
    from: (room) => `Aus ${room}`,
    accept: 'Annehmen',
    acceptName: (name) => `${name} annehmen`,
    block: 'Blockieren',
    blockName: (name) => `${name} blockieren`,
    later: 'Später',
    laterName: (name) => `Später über ${name} entscheiden`,
    isLater: 'Für später',
    awaited: 'Diese Unterhaltung wird geholt. Du kannst schreiben, sobald sie da ist.',
    none: 'Keine Anfragen.'
  }
}
