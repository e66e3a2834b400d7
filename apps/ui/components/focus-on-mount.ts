/** For `ref`: what a new screen asks first has the focus. Stable, so that it runs once per element. */
export const focusOnMount = (element: HTMLElement | null): void => { element?.focus() }
