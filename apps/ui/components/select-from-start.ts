/** Selects all of a text that is longer than its box, and shows its beginning: the end of an address tells nothing. */
export function selectFromStart (input: HTMLInputElement): void {
  input.setSelectionRange(0, input.value.length, 'backward')
  input.scrollLeft = 0
}
