import { SmilePlus } from 'lucide-react'
import { messageActs } from '../../registries/message-acts.ts'
import { messageParts } from '../../registries/message-parts.ts'
import { ReactionPicker } from './reaction-picker.tsx'
import { Reactions } from './reactions.tsx'
import { reactionWords } from './words.ts'

messageActs.add({
  // After what one does most with one's own message: a menu opens at its first entry.
  id: 'react', place: 25, icon: <SmilePlus size={16} aria-hidden />,
  label: ({ code }) => reactionWords.of(code).react,
  isOffered: ({ canReact }) => canReact,
  Overlay: ReactionPicker
})
messageParts.add({ id: 'reactions', place: 10, Part: Reactions })
