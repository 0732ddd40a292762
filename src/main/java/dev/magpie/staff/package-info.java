/**
 * Staff: accounts with roles and passwords, their sessions, the login's routes, and the audit of what staff do. An account is a document of
 * the collection {@code staff}, a session one of {@code staff_sessions}, a line of the audit one of {@code audit}. May be used from any
 * thread; passwords are hashed on worker threads.
 *
 * <p>Enter at {@link dev.magpie.staff.StaffRole}, {@link dev.magpie.staff.Audit} and {@link dev.magpie.staff.StaffAccounts}.
 */
@Internal
@NullMarked
package dev.magpie.staff;

import dev.magpie.Internal;
import org.jspecify.annotations.NullMarked;
