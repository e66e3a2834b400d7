import { useWords } from '../../state/app-context.ts'
import { ConnectionChip } from '../connection/connection-chip.tsx'
import { RecoveryNotice } from '../recovery/recovery-notice.tsx'
import { StatusBanners } from '../room/status-banners.tsx'
import { HomeStart } from './home-start.tsx'

/** What stands beside the list while no room is open. */
export function HomePane ({ name, hasRooms }: { name: string, hasRooms: boolean }) {
  const words = useWords().home
  return (
    <main className="pane home" id="content" tabIndex={-1}>
      <header className="pane-head">
        <h1 className="home-hello">{words.welcome(name)}</h1>
        <ConnectionChip room={null} />
      </header>
      <StatusBanners />
      <RecoveryNotice hasRooms={hasRooms} />
      <HomeStart hasRooms={hasRooms} />
    </main>
  )
}
