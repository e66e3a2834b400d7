import { useId } from 'react'
import './switch.css'

/** Something that is on or off at once; `note` stands below its name. */
export function Switch ({ label, note, checked, disabled = false, onChange }: {
  label: string, note?: string, checked: boolean, disabled?: boolean, onChange: (checked: boolean) => void
}) {
  const id = useId()
  return (
    <div className="switch">
      <label htmlFor={id}>{label}</label>
      <input
        id={id} type="checkbox" role="switch" checked={checked} disabled={disabled} aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => onChange(event.target.checked)}
      />
      {note !== undefined && <span id={`${id}-note`} className="switch-note">{note}</span>}
    </div>
  )
}
