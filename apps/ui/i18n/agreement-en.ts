/** English words of devices that do not agree on a room. */
const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const agreementEn = {
  otherDevice: 'your other device',
  others: (n: number) => plural(n, 'other', 'others'),
  /** `who` is one name. */
  notice: (who: string) => `You and ${who} see different rooms.`,
  /** `who` lists several. */
  noticeMany: (who: string) => `You see a different room than ${who}.`,
  explain: 'What to do',
  title: 'You see different rooms',
  meaning: (who: string) =>
    `You and ${who} have received the same changes to this room, but the devices come to different results. The room may have different members, roles or settings there.`,
  cause: 'Either Parley has a fault, or the other device says something that is not true. Parley can’t tell which. Nothing was changed or blocked because of it.',
  compare: 'Compare the list of members and their roles with them, in a call or face to face.',
  update: 'Update Parley on both devices. The notice goes away when they agree again.',
  report: 'If it stays, copy the details and send them to the people who run your node. They name the devices and contain no messages.',
  leave: 'If it matters who is in this room, continue in a new one.',
  details: 'Details',
  newRoom: 'Create a new room',
  short: 'Sees a different room',
  shortLong: (name: string) => `A device of ${name} has the same changes to this room as yours and comes to a different result.`,
  rulesOlder: 'Uses an older Parley: its rules for rooms are older',
  rulesNewer: 'Uses a newer Parley: its rules for rooms are newer'
}
