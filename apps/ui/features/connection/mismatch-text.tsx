import { ParleyError } from '#shared/errors.ts'
import { useLanguage } from '../../state/app-context.ts'

/** Which of the two has to be updated before this device can use the node. */
export function MismatchText ({ code }: { code: 'client-too-old' | 'node-too-old' }) {
  const { what, next } = useLanguage().errorWords(new ParleyError(code))
  return <><strong>{what}</strong> {next}</>
}
