export interface ErrorWords {
  /** One sentence: what happened. */
  what: string
  /** What is not lost, where that could be doubted, and what to do. */
  next: string
}
