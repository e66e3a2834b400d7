/** What features add to a part of the window: each from its own `features/<name>/register.tsx`, which is found by its name. */
export interface Registry<Item extends Registered> {
  /** @throws {Error} when there is one by this id already: a mistake in the program */
  add (...items: readonly Item[]): void
  /** In order of place; those of one place in order of id. */
  all (): readonly Item[]
  get (id: string): Item | undefined
}

/** `place`: where it stands among the others, the lowest first. Leave gaps of ten, so that another fits between. */
export interface Registered { readonly id: string, readonly place: number }

export function createRegistry<Item extends Registered> (): Registry<Item> {
  let items: readonly Item[] = []
  return {
    add (...added) {
      for (const item of added) {
        if (items.some(({ id }) => id === item.id)) throw new Error(`"${item.id}" is registered twice`)
        items = [...items, item].sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1))
      }
    },
    all: () => items,
    get: (id) => items.find((item) => item.id === id)
  }
}
