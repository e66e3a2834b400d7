/** What the number of members decides about who learns what is stored and read by whom. `acknowledgements.ts` has the table. */
import { READ_MARKS_MAX_MEMBERS, RECEIPTS_MAX_MEMBERS } from '#shared/limits.ts'
import type { Membership } from '../membership/resolve.ts'

/** Whether authors are told, unasked, of each member who holds or has read what they wrote. */
export const tellsAuthors = ({ members }: Pick<Membership, 'members'>): boolean => members.size <= RECEIPTS_MAX_MEMBERS

/** Whether anybody but the reader learns what was read. */
export const tellsReads = ({ members }: Pick<Membership, 'members'>): boolean => members.size <= READ_MARKS_MAX_MEMBERS
