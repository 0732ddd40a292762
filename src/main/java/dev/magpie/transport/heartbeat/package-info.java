/**
 * Time on one event loop: a timer wheel ({@link dev.magpie.transport.heartbeat.TimerWheel}), the heartbeat of each connection ({@link
 * dev.magpie.transport.heartbeat.Heartbeat}), and whether many miss their pong at once ({@link
 * dev.magpie.transport.heartbeat.MissedPongs}). Owned by one context, and used there only. Imports {@code transport}.
 */
@Internal
package dev.magpie.transport.heartbeat;

import dev.magpie.Internal;
