/** English words of passing a room on: handing it over, who comes next, continuing elsewhere. */
export const handingOverEn = {
  handingOver: {
    menu: 'Hand the room over',
    title: (name: string) => `Hand the room over to ${name}?`,
    text: (name: string) => `${name} is asked first. If they accept, the room is theirs: nobody can remove them any more, and they can remove you. You become an owner. Only ${name} can give the room back.`,
    confirm: 'Offer the room',
    offered: (name: string) => `You offer this room to ${name}. It stays yours until they accept.`,
    underway: (name: string) => `${name} accepts. The room is handed over in a moment.`,
    takeBack: 'Take back',
    asked: (name: string) => `${name} wants to hand this room over to you. If you accept, it is yours and nobody can remove you; ${name} becomes an owner.`,
    accept: 'Accept',
    decline: 'Decline',
    accepted: (name: string) => `You accept this room. It is yours as soon as a device of ${name} is online.`,
    owners: 'Owners, in order',
    ownersNote: 'The first has the room, and nobody can remove them. When they leave, the next takes their place.'
  },

  continuing: {
    title: 'Continue in a new room',
    text: 'Makes a room with the same name, topic and rules that belongs to you. Everyone here is invited.',
    askTitle: (room: string) => `Continue ${room} in a new room?`,
    askText: 'The new room belongs to you, with the same name, topic and rules. Everyone who is in this room within the next 30 days sees a notice here and can join as a member, its owners too.',
    askStays: 'This room stays as it is. Its messages and roles are not taken along.',
    bans: (n: number) => n === 1 ? 'Take the ban along' : `Take the ${n} bans along`,
    confirm: 'Make the new room',
    asked: (name: string, room: string) => `${name} continues this room in a new one, ${room}.`,
    join: 'Join',
    joined: (room: string) => `This room continues in ${room}.`,
    open: 'Open',
    hide: 'Hide'
  }
}
