import type { ReactNode } from 'react'
import { useState } from 'react'
import { Menu, type MenuItem } from '../../components/menu.tsx'
import { anchorAt, type Anchor } from '../../components/popover.tsx'

interface ControlProps { label: string, icon: ReactNode, isOff?: boolean, isActive?: boolean, isLeaving?: boolean, hint?: string }

const classOf = ({ isOff, isActive, isLeaving }: ControlProps): string =>
  `call-control ${isLeaving === true ? 'is-leaving' : isActive === true ? 'is-active' : isOff === true ? 'is-off' : ''}`
const titleOf = ({ label, hint }: ControlProps): string => hint === undefined ? label : `${label} (${hint})`

/** One round button of a call; `hint` is the key that does the same. */
export function Control ({ onClick, ...props }: ControlProps & { onClick: () => void }) {
  return <button type="button" className={classOf(props)} aria-label={props.label} title={titleOf(props)} onClick={onClick}>{props.icon}</button>
}

/** One that opens a menu. */
export function ControlMenu ({ items, ...props }: ControlProps & { items: readonly MenuItem[] }) {
  const [anchor, setAnchor] = useState<Anchor | null>(null)
  return (
    <>
      <button
        type="button" className={classOf(props)} aria-label={props.label} title={titleOf(props)} aria-haspopup="menu" aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(anchor === null ? anchorAt(event.currentTarget) : null)}
      >
        {props.icon}
      </button>
      {anchor !== null && <Menu label={props.label} items={items} anchor={anchor} onClose={() => setAnchor(null)} />}
    </>
  )
}
