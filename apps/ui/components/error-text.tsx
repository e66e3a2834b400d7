import type { ParleyError } from '#shared/errors.ts'
import { useLanguage } from '../state/app-context.ts'

/** What happened, then what is safe and what to do. Announced at once. */
export function ErrorText ({ error }: { error: ParleyError }) {
  const { what, next } = useLanguage().errorWords(error)
  return <p className="error-text" role="alert"><strong>{what}</strong> {next}</p>
}
