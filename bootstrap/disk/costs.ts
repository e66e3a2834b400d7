/**
 * What rows of the mailbox take on disk. A payload says little about it: an entry with an empty body takes three times its bytes, one of
 * 2200 bytes a page of its own. Measured against the real file by `costs.test.ts`, which fails when a change of the tables makes a row
 * dearer than it is charged.
 */

/** A page of the database, and what of it holds rows. */
const PAGE_BYTES = 4096
const PAGE_ROOM_BYTES = 4070
/** A longer row goes on in pages of its own (https://sqlite.org/fileformat2.html#b_tree_pages); this much of it stays at least. */
const ROW_MAX_BYTES = 4061
const ROW_MIN_BYTES = 489
const OVERFLOW_BYTES = 4092
/** Tags, id, account and times of an entry beside its envelope. */
const ENTRY_COLUMNS_BYTES = 200
/** Its places in three indexes, whose pages are two thirds full when logs come in any order. */
const ENTRY_INDEXES_BYTES = 330

/** A log, with its places in two indexes. */
export const LOG_COST_BYTES = 480
/** A welcome or a request, beside what is sealed in it. */
export const SHELF_ROW_COST_BYTES = 700

/** Returns the bytes that an entry takes whose envelope has so many. */
export function costOfEntry (envelopeBytes: number): number {
  const row = envelopeBytes + ENTRY_COLUMNS_BYTES
  if (row <= ROW_MAX_BYTES) return shareOfPage(row) + ENTRY_INDEXES_BYTES
  const rest = ROW_MIN_BYTES + (row - ROW_MIN_BYTES) % OVERFLOW_BYTES
  const kept = rest <= ROW_MAX_BYTES ? rest : ROW_MIN_BYTES
  return Math.ceil((row - kept) / OVERFLOW_BYTES) * PAGE_BYTES + shareOfPage(kept) + ENTRY_INDEXES_BYTES
}

/** What a row takes of a page that holds as many of its length as fit. */
const shareOfPage = (row: number): number => Math.ceil(PAGE_BYTES / Math.floor(PAGE_ROOM_BYTES / row))
