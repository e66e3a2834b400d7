/**
 * Reads a whole number that the driver may return as text or bigint: counts, sums and 64-bit columns, by database.
 * @throws {RangeError} for text that is no number, and beyond the integers that a number holds exactly
 */
export function toNumber (value: number | bigint | string): number {
  if (typeof value === 'number') return value
  const number = value === '' ? NaN : Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`the database returned ${value}, which is no safe integer`)
  return number
}
