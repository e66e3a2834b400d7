import { useState } from 'react'
import { Bell, BellOff, BellRing } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { usePlatform, useWords } from '../../state/app-context.ts'

const ICONS = { allowed: BellRing, refused: BellOff, undecided: Bell, unsupported: BellOff }

/** Whether the host may show notifications, and the question for it. */
export function NotificationsTab () {
  const words = useWords().self.notifications
  const { notifications } = usePlatform()
  const [permission, setPermission] = useState(() => notifications.permission())
  const Icon = ICONS[permission]
  return (
    <>
      <p className="settings-intro">{words.intro}</p>
      {permission === 'undecided'
        ? <Button kind="primary" icon={<Bell size={16} aria-hidden />} onClick={async () => setPermission(await notifications.ask())}>{words.turnOn}</Button>
        : <p className={`settings-state ${permission === 'allowed' ? 'settings-good' : 'muted'}`} role="status"><Icon size={18} aria-hidden />{words[permission]}</p>}
    </>
  )
}
