import { signal } from '@preact/signals-core'
import type { Member, Room } from '#client'
import { NARROW, TINY, useMedia } from '../../hooks/use-media.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { chipOf } from './link-words.ts'
import './connection.css'

const NO_MEMBERS = signal<readonly Member[] | null>(null)
const KEPT = signal(true)

/**
 * The one place of truth about the link; opens the panel. There is one in the window at any time. It is no live region in spite of its
 * role: links come and go all the time, and what matters of that is a banner.
 */
export function ConnectionChip ({ room }: { room: Room | null }) {
  const words = useWords()
  const { dialogs } = useUi()
  const isNarrow = useMedia(NARROW)
  const isTiny = useMedia(TINY)
  const connection = useSignal(useClient().connection)
  const members = useSignal<readonly Member[] | null>(room?.people.members ?? NO_MEMBERS)
  const keptAtNode = useSignal(room?.messages.keptAtNode ?? KEPT)
  const online = members === null ? connection.direct + connection.relayed : members.filter((member) => !member.isMe && member.presence === 'online').length
  const chip = chipOf(connection, members, keptAtNode, words)
  const text = isTiny && room !== null ? chip.tiny : isNarrow ? chip.short : chip.text
  return (
    <div
      className="chip-holder" role="status" aria-live="off" aria-label={words.connection.title}
      data-node={connection.node} data-online={online} data-direct={connection.direct} data-relayed={connection.relayed}
    >
      <button type="button" className={`chip chip-${chip.tone}`} onClick={() => dialogs.show('connection')} title={chip.text} aria-label={chip.text}>
        <span className={chip.isSpinning ? 'spinner' : 'dot'} aria-hidden="true" />
        {text !== '' && <span className="chip-text">{text}</span>}
      </button>
    </div>
  )
}
