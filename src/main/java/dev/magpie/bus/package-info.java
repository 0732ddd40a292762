/**
 * What travels on the event bus, as types: {@link dev.magpie.bus.Addresses} names where, the records say what. Public and stable. Imports
 * nothing of Magpie's.
 */
package dev.magpie.bus;
