import { useEffect, useState } from 'react'
import { Check, Copy } from 'lucide-react'
import { useWords } from '../state/app-context.ts'
import { Button } from './button.tsx'

/** Copies a text and says so for a moment. `label`: what it is called where "Copy" does not say enough. */
export function CopyButton ({ text, label }: { text: string, label?: string }) {
  const words = useWords().self
  const [state, setState] = useState<'no' | 'yes' | 'refused'>('no')
  useEffect(() => {
    if (state === 'no') return
    const timer = setTimeout(() => { setState('no') }, 4000)
    return () => { clearTimeout(timer) }
  }, [state])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setState('yes')
    } catch {
      setState('refused')
    }
  }
  return (
    <>
      <Button onClick={copy} icon={state === 'yes' ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}>{state === 'yes' ? words.copied : label ?? words.copy}</Button>
      <span className={state === 'refused' ? 'muted' : 'visually-hidden'} role="status">{{ no: '', yes: words.copied, refused: words.copyFailed }[state]}</span>
    </>
  )
}
