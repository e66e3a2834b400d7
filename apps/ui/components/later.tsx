import { useEffect, useState, type ComponentType, type ReactNode } from 'react'
import { ParleyError } from '#shared/errors.ts'
import { useLanguage, useUi } from '../state/app-context.ts'

/** A component in a file of its own, fetched when it is drawn or before. */
export type Later<Props> = ComponentType<Props> & {
  /** Fetches it ahead; where that fails it is tried again when it is drawn. */
  fetch: () => void
}

/**
 * Draws `opening` until the component is there, and what `failed` says where it cannot be had. One that was fetched ahead is there at once.
 * RULE: no `lazy` and no `Suspense`. Even for what has been fetched they draw the fallback first, and React lets 300 ms pass between a fallback and what
 * comes after it, which a reload and every first opening of a dialog would wait for.
 * @see https://react.dev/reference/react/Suspense "Suspense throttles"
 */
export function later<Props extends object> (
  load: () => Promise<ComponentType<Props>>,
  { opening = null, failed = (error) => <NotToBeHad error={error} /> }: { opening?: ReactNode, failed?: (error: ParleyError) => ReactNode } = {}
): Later<Props> {
  let Loaded: ComponentType<Props> | null = null
  const fetched = async (): Promise<void> => { Loaded ??= await load() }

  function Part (props: Props): ReactNode {
    const [Drawn, setDrawn] = useState(() => Loaded)
    const [error, setError] = useState<ParleyError | null>(null)
    useEffect(() => {
      if (Drawn !== null) return
      let isOver = false
      fetched().then(() => { if (!isOver) setDrawn(() => Loaded) }, (cause: unknown) => { if (!isOver) setError(new ParleyError('node-unreachable', { cause })) })
      return () => { isOver = true }
    }, [Drawn])
    if (error !== null) return failed(error)
    return Drawn === null ? opening : <Drawn {...props} />
  }
  return Object.assign(Part, { fetch: () => { fetched().catch(() => {}) } })
}

/** Says so, and lets go of the dialog that it may have been. */
function NotToBeHad ({ error }: { error: ParleyError }) {
  const { errorWords } = useLanguage()
  const { notices, dialogs } = useUi()
  useEffect(() => {
    const { what, next } = errorWords(error)
    notices.show({ kind: 'trouble', title: what, text: next })
    dialogs.close()
  }, [error, errorWords, notices, dialogs])
  return null
}
