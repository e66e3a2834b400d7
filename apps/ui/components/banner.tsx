import type { ReactNode } from 'react'
import { CircleAlert, CircleDot, CloudOff, Info } from 'lucide-react'
import './banner.css'

const ICONS = { trouble: CircleAlert, waiting: CloudOff, recording: CircleDot, info: Info }

/** A line above the conversation about something that lasts. */
export function Banner ({ kind, children, action }: { kind: keyof typeof ICONS, children: ReactNode, action?: ReactNode }) {
  const Icon = ICONS[kind]
  return (
    <div className={`banner banner-${kind}`}>
      <Icon size={16} aria-hidden />
      <p>{children}</p>
      {action}
    </div>
  )
}
