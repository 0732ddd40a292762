/**
 * Magpie's pages and the tutorial's, in a real browser. Entry: {@link dev.magpie.browser.Browser}. Compiled only with the profile
 * browser-tests.
 */
package dev.magpie.browser;
