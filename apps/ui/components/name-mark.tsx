import { ShieldQuestion, TriangleAlert } from 'lucide-react'
import type { NameMark as Mark } from '#client'
import { useWords } from '../state/app-context.ts'
import './name-mark.css'

/** Beside a name: what has to be known before it is believed. Nothing for a name that the node confirms. */
export function NameMark ({ mark, size = 14 }: { mark: Mark | null, size?: number }) {
  const words = useWords().names
  if (mark === null) return null
  const Icon = mark === 'look-alike' ? TriangleAlert : ShieldQuestion
  return <span className={`name-mark name-mark-${mark}`} role="img" aria-label={words[mark]} title={words[mark]}><Icon size={size} aria-hidden /></span>
}
