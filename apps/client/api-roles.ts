/** From the strongest to the weakest. */
export type Role = 'owner' | 'admin' | 'moderator' | 'member' | 'observer'
