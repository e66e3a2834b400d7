import { Component, type ErrorInfo, type ReactNode } from 'react'

/** What has thrown, and where. */
export interface Failure { error: unknown, componentStack: string }

interface ErrorBoundaryProps {
  children: ReactNode
  /** Draws what stands in the place of the children. `retry` draws them again. */
  fallback: (failure: Failure, retry: () => void) => ReactNode
}

/**
 * Keeps an error that a component throws while it is drawn from taking the rest of the window with it.
 * @see https://react.dev/reference/react/Component#catching-rendering-errors-with-an-error-boundary
 */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failure: Failure | null }> {
  override state: { failure: Failure | null } = { failure: null }

  static getDerivedStateFromError (error: unknown): { failure: Failure } {
    return { failure: { error, componentStack: '' } }
  }

  override componentDidCatch (error: unknown, { componentStack }: ErrorInfo): void {
    this.setState({ failure: { error, componentStack: componentStack ?? '' } })
  }

  override render (): ReactNode {
    const { failure } = this.state
    return failure === null ? this.props.children : this.props.fallback(failure, () => { this.setState({ failure: null }) })
  }
}
