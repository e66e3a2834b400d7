import { useEffect, useState } from 'react'
import type { RoomTag } from '#shared/ids.ts'
import { isBlocked } from '../../hooks/use-blocked.ts'
import { useClient, useWords } from '../../state/app-context.ts'

/** Says new messages of the open room to screen readers, politely and once. */
export function Announcer ({ tag }: { tag: RoomTag }) {
  const client = useClient()
  const words = useWords()
  const [said, setSaid] = useState('')
  useEffect(() => client.events.on('message-received', (message) => {
    if (message.roomTag === tag && !isBlocked(client, message.author)) setSaid(words.messages.from(words.names.marked(message.authorName, message.authorMark), message.text))
  }), [client, tag, words])
  return <div className="visually-hidden" aria-live="polite">{said}</div>
}
