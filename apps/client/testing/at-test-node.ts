/** The node of a test file and the people who are at it: started before the first test, and everybody gone after each. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startTestNode, type TestNode } from './node.ts'
import { signIn, signInAs, type Person } from './people.ts'

export interface AtTestNode {
  /** Runs at the beginning of each test. Not there before the first. */
  readonly node: TestNode
  /** Somebody new, under a name that begins with this one; with an address that has signed in before, another device of theirs. */
  readonly arrive: (name: string, email?: string) => Promise<Person>
  /** Who left is back, with the same profile. */
  readonly comeBack: (person: Person) => Promise<Person>
}

export function atTestNode (): AtTestNode {
  let node: TestNode
  const here: Person[] = []
  beforeAll(async () => { node = await startTestNode() })
  beforeEach(async () => await node.start())
  afterAll(async () => await node.remove())
  afterEach(async () => { for (const person of here.splice(0)) await person.leave() })

  const isHere = (person: Person): Person => {
    here.push(person)
    return person
  }
  return {
    get node () { return node },
    async arrive (name, email) {
      const unique = `${name} ${crypto.randomUUID().slice(0, 8)}`
      return isHere(await (email === undefined ? signIn(unique, node) : signInAs(unique, node, email)))
    },
    comeBack: async (person) => isHere(await person.return())
  }
}
