/** Which invitation the dialog shows, and when it makes one by itself. */
import { useEffect, useRef, useState } from 'react'
import type { CreatedInvite, InviteOptions, Room } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask, type Task } from '../../hooks/use-task.ts'
import { usableInvite } from './usable-invite.ts'

export interface ShownInvite {
  invite: CreatedInvite | null
  /** The one that was shown has let in as many as it may; this is its successor. */
  wasReplaced: boolean
  wasRevoked: boolean
  task: Task
  make: (options: InviteOptions) => Promise<boolean>
  noteRevoked: (link: string | null) => void
}

/** A link at once: the newest plain one that still works, else a new one; what was made here with options stays until it is used up. */
export function useShownInvite (room: Room, now: number): ShownInvite {
  const create = useSignal(room.entry.invite)
  const invites = useSignal(room.entry.invites)
  const task = useTask()
  const [made, setMade] = useState<{ invite: CreatedInvite, options: InviteOptions | undefined } | null>(null)
  const [revokedLink, setRevokedLink] = useState<string | null>(null)
  const [wasRevoked, setWasRevoked] = useState(false)
  const [wasReplaced, setWasReplaced] = useState(false)
  const listed = useRef<string | null>(null)
  const wasAsked = useRef(false)

  // A link that was just made may not be listed yet, and one that was just revoked may still be.
  const open = invites.filter((invite) => invite.link !== revokedLink)
  const isMadeListed = made !== null && open.some((invite) => invite.id === made.invite.id)
  const usable = usableInvite(open, now)
  const invite = made !== null && made.invite.link !== revokedLink ? made.invite : usable?.link == null ? null : { ...usable, link: usable.link }

  useEffect(() => {
    if (create === null || task.isBusy) return
    const make = async (options?: InviteOptions): Promise<void> => { setMade({ invite: await create(options), options }) }
    if (!wasAsked.current) {
      // Only when it opens: whoever revokes the last link does not want another at once.
      wasAsked.current = true
      if (usableInvite(room.entry.invites.value, Date.now()) === null) task.run(make).catch(() => {})
      return
    }
    if (made === null) return
    if (isMadeListed) listed.current = made.invite.id
    else if (listed.current === made.invite.id && made.invite.link !== revokedLink && made.invite.maxUses !== null) {
      listed.current = null
      task.run(async () => {
        await make(made.options)
        setWasReplaced(true)
      }).catch(() => {})
    }
  }, [create, room, task, made, isMadeListed, revokedLink])

  return {
    invite, wasReplaced, wasRevoked, task,
    make: (options) => task.run(async () => {
      if (create === null) return
      setMade({ invite: await create(options), options })
      setWasReplaced(false)
    }),
    noteRevoked (link) {
      setWasRevoked(true)
      setRevokedLink(link)
      if (link === made?.invite.link) setMade(null)
    }
  }
}
