/** Which pictures stand on the stage, and which of them large. Pure. */
import type { Participant } from '#client'

export type StageView = 'grid' | 'spotlight'
export type Shown = 'person' | 'screen'

export interface Tile { key: string, participant: Participant, shown: Shown }

/** What somebody chose to see: one tile by its key, everybody alike although a screen is shared, or nothing in particular. */
export type Choice = { tile: string } | 'everybody' | null

export interface Layout { large: readonly Tile[], small: readonly Tile[] }

/** Who can be in the spotlight: the others; oneself only where nobody else is. */
export const spotlightKeys = (participants: readonly Participant[]): string[] =>
  participants.filter(({ isMe }) => !isMe || participants.length === 1).map(({ device }) => device)

/** @param speaker the key of whom the spotlight follows; null before anybody spoke */
export function layOut (participants: readonly Participant[], { view, choice, speaker }: { view: StageView, choice: Choice, speaker: string | null }): Layout {
  const tiles = participants.flatMap(tilesOf)
  const large = chooseLarge(tiles, participants, view, choice, speaker)
  return { large, small: tiles.filter((tile) => !large.includes(tile)) }
}

function chooseLarge (tiles: readonly Tile[], participants: readonly Participant[], view: StageView, choice: Choice, speaker: string | null): readonly Tile[] {
  if (choice !== null && choice !== 'everybody') {
    const chosen = tiles.filter(({ key }) => key === choice.tile)
    // Somebody pinned who has left, or a screen that is no longer shared, is no choice any more.
    if (chosen.length > 0) return chosen
  }
  // Screens that others share are what everybody wants to see: both of them, where there are two.
  const screens = tiles.filter(({ shown, participant }) => shown === 'screen' && !participant.isMe)
  if (screens.length > 0 && choice !== 'everybody') return screens
  if (view === 'grid') return []
  const keys = spotlightKeys(participants)
  const lit = speaker !== null && keys.includes(speaker) ? speaker : keys[0]
  return tiles.filter(({ key }) => key === lit)
}

const tilesOf = (participant: Participant): Tile[] => [
  ...participant.screenVideo === null ? [] : [{ key: `${participant.device}/screen`, participant, shown: 'screen' as const }],
  { key: participant.device, participant, shown: 'person' }
]

/** Columns of a grid of pictures that are seldom wider than 16:9, so that they come out as large as the room allows. */
export function columnsFor (count: number, width: number, height: number, gapPx = 8): number {
  let best = { columns: 1, area: 0 }
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const tileWidth = (width - gapPx * (columns - 1)) / columns
    const tileHeight = (height - gapPx * (rows - 1)) / rows
    const seen = Math.min(tileWidth, tileHeight * 16 / 9)
    if (seen > best.area) best = { columns, area: seen }
  }
  return best.columns
}
