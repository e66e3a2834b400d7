/**
 * Names that look like another are refused from here on. Of those that were given before and look alike, the one that was reserved first has the look; the
 * others keep their names, and are free to choose others.
 */
import type { Kysely } from 'kysely'
import { toSkeleton } from '#shared/names/look-alike.ts'

interface Names { names: { name_key: string, name: string, reserved_at: number, skeleton: string | null } }

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('names').addColumn('skeleton', 'text').execute()
  const names = (db as Kysely<Names>)
  const given = await names.selectFrom('names').select(['name_key', 'name']).orderBy('reserved_at').orderBy('name_key').execute()
  const looks = new Set<string>()
  for (const { name_key: key, name } of given) {
    const skeleton = toSkeleton(name)
    if (looks.has(skeleton)) continue
    looks.add(skeleton)
    await names.updateTable('names').set({ skeleton }).where('name_key', '=', key).execute()
  }
  await db.schema.createIndex('names_by_look').on('names').column('skeleton').unique().execute()
}
