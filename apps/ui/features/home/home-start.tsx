import { FileInput, KeyRound, Link2, MonitorSmartphone, Plus } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { Logo } from '../../components/logo.tsx'
import { useSelf } from '../../hooks/use-self.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { PeopleList } from './people-list.tsx'
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
      <PeopleList />
      {!hasRooms && <WaysBack />}
    </div>
  )
}

/** For whoever is new here only as a device: the three ways to rooms that exist already. */
function WaysBack () {
  const words = useWords().self.start
  const { dialogs } = useUi()
  const self = useSelf()
  if (self === null) return null
  return (
    <section className="ways-back" aria-labelledby="ways-back">
      <h3 id="ways-back">{words.title}</h3>
      <p>{words.text}</p>
      <div className="ways-back-links">
        <Button kind="quiet" icon={<MonitorSmartphone size={16} aria-hidden />} onClick={() => dialogs.show('link-code')}>{words.link}</Button>
        <Button kind="quiet" icon={<KeyRound size={16} aria-hidden />} onClick={() => dialogs.show('recover')}>{words.recover}</Button>
        <Button kind="quiet" icon={<FileInput size={16} aria-hidden />} onClick={() => dialogs.show('import')}>{words.import}</Button>
      </div>
    </section>
  )
}
