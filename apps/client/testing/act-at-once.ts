import type { AuthorityAction } from '../rooms/people/actions/facet.ts'
import { performAction } from '../rooms/people/actions/perform-action.ts'
import type { LogHolder } from './room-logs.ts'

const refuse = async (): Promise<void> => await Promise.reject(new Error('only actions on people are done here'))

type Act = (action: AuthorityAction) => Promise<void>

/** How a device that has caught up does what it is asked for: it writes it. */
export const actAtOnce = ({ log, user }: Pick<LogHolder, 'log' | 'user'>): Act =>
  async (action) =>
    await performAction(action, { log, myUser: user, revokeInvite: refuse, deleteMessage: refuse })
