import { useMemo } from 'react'
import { Avatar } from '../../components/avatar.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useDirect } from '../../hooks/use-direct.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useWords } from '../../state/app-context.ts'
import { isOnline } from '../members/group-members.ts'
import { allPeople } from './people.ts'

/** More are found by the palette. */
const SHOWN_MAX = 24

/** The people one shares a room with, to write to. */
export function PeopleList () {
  const words = useWords()
  const client = useClient()
  const people = useSignal(useMemo(() => allPeople(client), [client]))
  const direct = useDirect()
  if (direct === null || people.length === 0) return null
  return (
    <section className="people" aria-label={words.people.homeTitle}>
      {people.slice(0, SHOWN_MAX).map((person) => (
        <button key={person.user} type="button" className="person" aria-label={words.people.messageTo(words.names.marked(person.name, person.nameMark))} onClick={() => direct(person.user)}>
          <span className="member-avatar"><Avatar name={person.name} of={person.user} size={32} /><span className={`dot dot-${isOnline(person) ? 'online' : 'none'}`} /></span>
          <bdi className="person-name">{person.name}</bdi>
          <NameMark mark={person.nameMark} />
        </button>
      ))}
    </section>
  )
}
