import { useId, type ComponentProps, type ReactNode } from 'react'
import type { ParleyError } from '#shared/errors.ts'
import { ErrorText } from './error-text.tsx'
import { focusOnMount } from './focus-on-mount.ts'
import './field.css'

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  label: string
  error?: ParleyError | null
  hint?: string
  /** Stands beside the input, e.g. a button. */
  beside?: ReactNode
  /** Takes the focus when it appears. */
  isFirst?: boolean
}

export function Field ({ label, error = null, hint, beside, isFirst = false, className = '', ...rest }: FieldProps) {
  const id = useId()
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      <div className="field-row">
        <input {...rest} ref={isFirst ? focusOnMount : null} id={id} aria-invalid={error !== null || undefined} aria-describedby={`${id}-note`} />
        {beside}
      </div>
      <div id={`${id}-note`} className="field-note">
        {error === null ? hint : <ErrorText error={error} />}
      </div>
    </div>
  )
}

/** A choice of few, as a native select. */
export function Choice<T extends string> ({ label, value, options, onChange }: {
  label: string, value: T, options: readonly { value: T, label: string }[], onChange: (value: T) => void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id} value={value}
        onChange={(event) => {
          const chosen = options[event.target.selectedIndex]
          if (chosen !== undefined) onChange(chosen.value)
        }}
      >
        {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
    </div>
  )
}

/** A choice of few that are all seen at once. */
export function Segments<T extends string> ({ label, value, options, onChange }: {
  label: string, value: T, options: readonly { value: T, label: string }[], onChange: (value: T) => void
}) {
  const name = useId()
  return (
    <fieldset className="segments">
      <legend>{label}</legend>
      <div className="segments-row">
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
