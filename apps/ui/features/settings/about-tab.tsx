import { useWords } from '../../state/app-context.ts'
import { shortcutPrefix } from '../rooms/sidebar.tsx'

export function AboutTab () {
  const words = useWords().settings
  const keys = [
    [`${shortcutPrefix()}K`, words.keys.palette],
    ['Alt ↑ ↓', words.keys.rooms],
    ['Enter', words.keys.send],
    ['Shift Enter', words.keys.newline],
    ['↑', words.keys.editLast],
    ['Esc', words.keys.leave]
  ] as const
  return (
    <>
      <p>{words.aboutText}</p>
      <h3 className="section-title">{words.keyboard}</h3>
      <dl className="keys">
        {keys.map(([key, meaning]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{meaning}</dd></div>)}
      </dl>
    </>
  )
}
