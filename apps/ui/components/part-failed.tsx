import type { ReactNode } from 'react'
import { CircleAlert } from 'lucide-react'
import { useWords } from '../state/app-context.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { ErrorBoundary, type Failure } from './error-boundary.tsx'
import { failureDetails } from './failure-details.ts'
import './part-failed.css'

/** The parts of the window that stand for themselves. */
export type Part = 'app' | 'rooms' | 'room' | 'members' | 'call' | 'dialog'

interface PartProps {
  part: Part
  /** A landmark of its own where the part is one. */
  frame?: (content: ReactNode) => ReactNode
  /** What can be done about it beside trying again. */
  actions?: ReactNode
}

/** Draws a part of the window; where it throws, says so in its place and leaves the rest in use. */
export function PartBoundary ({ children, frame = (content) => content, ...props }: PartProps & { children: ReactNode }) {
  return <ErrorBoundary fallback={(failure, retry) => frame(<PartFailed {...props} failure={failure} onRetry={retry} />)}>{children}</ErrorBoundary>
}

/** What happened, what is safe, what to do. */
function PartFailed ({ part, actions, failure, onRetry }: Omit<PartProps, 'frame'> & { failure: Failure, onRetry: () => void }) {
  const { failures: words } = useWords()
  const { title, text } = words[part]
  return (
    <div className={`part-failed part-failed-${part}`} role="alert">
      <CircleAlert size={28} aria-hidden />
      <h2>{title}</h2>
      <p>{text}</p>
      <p>{words.safe}</p>
      <div className="part-failed-actions">
        {actions}
        <Button kind="primary" onClick={onRetry}>{words.again}</Button>
        <Button onClick={() => { window.location.reload() }}>{words.reload}</Button>
        <CopyButton text={failureDetails(part, failure)} label={words.copyDetails} />
      </div>
    </div>
  )
}
