import { Link2, Plus } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { Logo } from '../../components/logo.tsx'
import { useUi, useWords } from '../../state/app-context.ts'
import './home.css'

/** The two ways to a conversation. */
export function HomeStart ({ hasRooms }: { hasRooms: boolean }) {
  const words = useWords().home
  const { dialogs } = useUi()
  return (
    <div className="home-middle">
      <Logo size={56} />
      <h2>{hasRooms ? words.pickTitle : words.emptyTitle}</h2>
      <p>{hasRooms ? words.pickText : words.emptyText}</p>
      <div className="home-actions">
        <Button kind="primary" icon={<Plus size={18} aria-hidden />} onClick={() => dialogs.show('create-room')}>{words.createRoom}</Button>
        <Button icon={<Link2 size={18} aria-hidden />} onClick={() => dialogs.show('join')}>{words.joinRoom}</Button>
      </div>
    </div>
  )
}
