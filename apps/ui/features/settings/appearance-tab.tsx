import { Choice, Segments } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { LANGUAGES, languageNames, type LanguageChoice } from '../../i18n/index.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import type { Density, Theme } from '../../state/preferences.ts'

export function AppearanceTab () {
  const words = useWords().settings
  const { preferences } = useUi()
  const { theme, density, language } = useSignal(preferences.current)
  return (
    <>
      <Segments<Theme>
        label={words.theme} value={theme} onChange={(next) => preferences.change({ theme: next })}
        options={[{ value: 'system', label: words.themeSystem }, { value: 'light', label: words.themeLight }, { value: 'dark', label: words.themeDark }]}
      />
      <Segments<Density>
        label={words.density} value={density} onChange={(next) => preferences.change({ density: next })}
        options={[{ value: 'comfortable', label: words.comfortable }, { value: 'compact', label: words.compact }]}
      />
      <Choice<LanguageChoice>
        label={words.language} value={language} onChange={(next) => preferences.change({ language: next })}
        options={[{ value: 'system', label: words.languageSystem }, ...LANGUAGES.map((code) => ({ value: code, label: languageNames[code] }))]}
      />
    </>
  )
}
