import type { ComponentProps, ReactNode } from 'react'
import './button.css'

interface ButtonProps extends ComponentProps<'button'> {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  icon?: ReactNode
  isBusy?: boolean
}

/** While busy it keeps its focus and its name, and does nothing. */
export function Button ({ kind = 'plain', icon, isBusy = false, className = '', children, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest} type={type} className={`button button-${kind} ${className}`} aria-busy={isBusy || undefined} aria-disabled={isBusy || undefined}
      onClick={(event) => {
        if (isBusy) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {isBusy ? <span className="spinner" aria-hidden="true" /> : icon}
      {children !== undefined && <span className="button-text">{children}</span>}
    </button>
  )
}

/** A button that shows only an icon; `label` is its name and its tooltip. */
export function IconButton ({ label, icon, className = '', ...rest }: Omit<ButtonProps, 'children' | 'kind' | 'isBusy'> & { label: string }) {
  return (
    <button type="button" {...rest} className={`icon-button ${className}`} aria-label={label} title={label}>
      {icon}
    </button>
  )
}
