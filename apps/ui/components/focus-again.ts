/**
 * Gives the focus back to what opened something. What is only seen while the focus or the pointer is near (the toolbar of a message) cannot
 * take it until that which shows it has it.
 */
export function focusAgain (element: HTMLElement): void {
  element.focus({ preventScroll: true })
  if (document.activeElement === element) return
  element.parentElement?.closest<HTMLElement>('[tabindex]')?.focus({ preventScroll: true })
  element.focus({ preventScroll: true })
}
