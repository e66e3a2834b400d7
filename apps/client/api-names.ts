/**
 * What has to be said beside a name. `unconfirmed`: no passport of theirs that this device has seen names them so. `look-alike`: it cannot be told from
 * the name of somebody else in the room, of a contact, or of this person; then the name ends with a part of their key.
 */
export type NameMark = 'unconfirmed' | 'look-alike'

/** Under which name somebody is shown: never empty, one line, without what hides or reorders. */
export interface DisplayedName { text: string, mark: NameMark | null }
