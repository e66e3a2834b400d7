/** English words about names that need a word, and about people who ask for a conversation. */
import type { NameMark } from '#client'

const marked: Record<NameMark, (name: string) => string> = {
  'unconfirmed': (name) => `${name} (unconfirmed)`,
  'look-alike': (name) => `${name} (look-alike)`
}

export const namesEn = {
  names: {
    'unconfirmed': 'Name not confirmed by the node',
    'look-alike': 'Looks like the name of someone else you know here',
    'lookAlikeShort': 'Looks like another name',
    /** A name in a line of text, where no mark can stand beside it. */
    'marked': (name: string, mark: NameMark | null) => mark === null ? name : marked[mark](name),
    'someone': 'Someone',
    'unnamedRoom': 'Unnamed room'
  },

  requests: {
    title: 'Message requests',
    entry: (n: number) => `Requests · ${n}`,
    intro: 'These people want to write to you. They can’t call you or reach you otherwise until you accept, and they don’t learn what you choose.',
    from: (room: string) => `From ${room}`,
    accept: 'Accept',
    acceptName: (name: string) => `Accept ${name}`,
    block: 'Block',
    blockName: (name: string) => `Block ${name}`,
    later: 'Later',
    laterName: (name: string) => `Decide about ${name} later`,
    isLater: 'For later',
    awaited: 'Fetching this conversation. You can write once it’s here.',
    none: 'No requests.'
  }
}
