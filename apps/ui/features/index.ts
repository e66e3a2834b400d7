/** Loads what each feature registers. A new feature is found by its file: `features/<name>/register.tsx`. */
import.meta.glob('./*/register.{ts,tsx}', { eager: true })
