import { useEffect, useMemo, useState } from 'react'
import type { Client, Platform } from '#client'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { later } from './components/later.tsx'
import { Logo } from './components/logo.tsx'
import { NoticeList } from './components/notice-list.tsx'
import { PartBoundary } from './components/part-failed.tsx'
import { BlockedScreen } from './features/blocked-screen.tsx'
import { SignInScreen } from './features/sign-in/sign-in-screen.tsx'
import { useSignal } from './hooks/use-signal.ts'
import { languageOf, loadLanguage, pickLanguage, type Language } from './i18n/index.ts'
import { ClientContext, createUi, LanguageContext, UiContext, useUi, useWords, type Ui } from './state/app-context.ts'

// Nobody needs the rooms to sign in; they are fetched while somebody reads their code.
const Shell = later(async () => (await import('./features/shell.tsx')).Shell, {
  opening: <Opening />,
  failed: (error) => <BlockedScreen account={{ status: 'blocked', error, takeOver: null }} />
})

export interface AppProps {
  /** Null while its code is being loaded: the window shows that it opens. The entry calls `client.start()`. */
  client: Client | null
  platform: Platform
}

/** The whole window. Mount it once. */
export function App ({ client, platform }: AppProps) {
  const [ui] = useState<Ui>(createUi)
  const language = useLanguageChoice(ui)
  useEffect(() => platform.onLink((link) => { ui.joining.receive(link) }), [platform, ui])
  // Who is at a room's address was in it before.
  useEffect(() => { if (ui.navigation.place.peek().page === 'room') Shell.fetch() }, [ui])
  const context = useMemo(() => client === null ? null : { client, platform }, [client, platform])
  if (language === null) return null
  return (
    <UiContext value={ui}>
      <LanguageContext value={language}>
        <ClientContext value={context}>
          <PartBoundary part="app" frame={(content) => <main className="opening-failed" id="content">{content}</main>}>
            {client === null ? <Opening /> : <Screens client={client} platform={platform} />}
          </PartBoundary>
          <ErrorBoundary fallback={() => null}><NoticeList /></ErrorBoundary>
        </ClientContext>
      </LanguageContext>
    </UiContext>
  )
}

function Screens ({ client, platform }: { client: Client, platform: Platform }) {
  const { dialogs } = useUi()
  const account = useSignal(client.account)
  const isSignedIn = account.status === 'signed-in'
  // Dialogs belong to who opened them: none waits behind a sign-out.
  useEffect(() => { if (!isSignedIn) dialogs.close() }, [isSignedIn, dialogs])
  switch (account.status) {
    case 'starting': return <Opening />
    case 'blocked': return <BlockedScreen account={account} />
    case 'signed-out':
    case 'needs-name': return <SignInScreen account={account} prepare={Shell.fetch} />
    case 'signed-in': return <Shell account={account.account} platform={platform} />
  }
}

/** Before anything is known: the mark, and words once it takes long enough to wonder. */
function Opening () {
  const words = useWords()
  return (
    <main className="opening" aria-busy="true">
      <Logo size={56} />
      <p>{words.opening}</p>
    </main>
  )
}

/** Null until the words of the first choice are there; a later choice counts once its words are. Without them (offline) it stays as it is. */
function useLanguageChoice (ui: Ui): Language | null {
  const { language: choice } = useSignal(ui.preferences.current)
  const [language, setLanguage] = useState<Language | null>(() => pickLanguage(choice, navigator.languages) === 'en' ? languageOf(choice, navigator.languages) : null)
  useEffect(() => {
    let isOver = false
    const apply = (): void => { if (!isOver) setLanguage(languageOf(choice, navigator.languages)) }
    loadLanguage(pickLanguage(choice, navigator.languages)).then(apply, apply)
    return () => { isOver = true }
  }, [choice])
  useEffect(() => { if (language !== null) document.documentElement.lang = language.code }, [language])
  return language
}
