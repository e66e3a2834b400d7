import type { ComponentLogger, Logger } from '@libp2p/interface'

/**
 * A logger for libp2p that says nothing. libp2p's own makes new loggers for each connection and each stream, two at a time, to say nothing
 * either unless `DEBUG` is set; making them was a twentieth of what a connection cost.
 */
export const silentLogger: ComponentLogger = { forComponent: () => silent }

const silent: Logger = Object.assign(() => {}, { error () {}, trace () {}, enabled: false, newScope: () => silent })
